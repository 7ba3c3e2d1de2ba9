//! Parameters of models as the command line and model files give them.

use super::{Brunel, Model, Random, VogelsAbbott, parse_edges};
use crate::burst::{Drive, Error, Neuron};
use crate::files;
use serde::Deserialize;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::str::FromStr;

/// Bytes of a model file.
const MODEL_FILE: u64 = 64 << 10;
/// Of a message of the JSON parser, which may hold names of the file.
const MESSAGE: usize = 200;

/// Input from outside: a [`Drive`], or none. As text it is `none`, or mean, event and perhaps constant with commas
/// between.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Input(pub Option<Drive>);

impl FromStr for Input {
    type Err = String;

    fn from_str(text: &str) -> Result<Input, String> {
        if text == "none" {
            return Ok(Input(None));
        }
        let wrong = || "expected none, or MEAN,EVENT[,CONSTANT] like 2,100 or 0.5,-40,1000".to_owned();
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let ([mean, event] | [mean, event, _]) = parts[..] else { return Err(wrong()) };
        let number = |text: &str| text.parse().map_err(|_| wrong());
        let constant = parts.get(2).map_or(Ok(0), |text| number(text))?;
        Ok(Input(Some(Drive { mean: mean.parse().map_err(|_| wrong())?, event: number(event)?, constant })))
    }
}

impl TryFrom<String> for Input {
    type Error = String;

    fn try_from(text: String) -> Result<Input, String> {
        text.parse()
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(Drive { mean, event, constant }) => write!(f, "{mean},{event},{constant}"),
        }
    }
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// What a model may be given; what is `None` is as the model has it. A model that has no such parameter refuses it.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Parameters {
            /// `brunel`, `vogels-abbott`, `random`, or a file of edges.
            #[serde(default)]
            pub model: Option<String>,
            $($(#[$doc])* #[serde(default)] pub $name: Option<$type>,)*
        }

        impl Parameters {
            /// These parameters, and those of `others` where there is none.
            pub fn or(self, others: Parameters) -> Parameters {
                Parameters {
                    model: self.model.or(others.model),
                    $($name: self.$name.or(others.$name),)*
                }
            }

            /// The name of the first that is given and not among these.
            fn beyond(&self, known: &[&str]) -> Option<&'static str> {
                $(if self.$name.is_some() && !known.contains(&stringify!($name)) {
                    return Some(stringify!($name));
                })*
                None
            }
        }
    };
}

parameters! {
    /// How many neurons.
    neurons: u32,
    /// Excitatory synapses at each neuron, on average.
    fan_in: u32,
    /// Synapses of each neuron.
    fan_out: u32,
    /// Strength of an inhibitory synapse, of an excitatory one's.
    g: f64,
    /// Rate of the input from outside, of what would just bring a neuron to its threshold.
    eta: f64,
    /// Strength of an excitatory synapse, in millivolts.
    weight: f64,
    /// As [`Neuron::threshold`].
    threshold: f32,
    /// As [`Neuron::rest`].
    rest: f32,
    /// As [`Neuron::leak`].
    leak: f32,
    /// As [`Neuron::excitability`].
    excitability: f32,
    /// As [`Neuron::refractory`].
    refractory: u16,
    /// Input from outside.
    drive: Input,
    /// Milliseconds of a burst: rates are then printed in Hz.
    milliseconds: f64,
}

/// A neuron of the models that have none of their own, with its drive.
pub(super) const USUAL_NEURON: Neuron = Neuron {
    threshold: 5_000.0,
    rest: 0.0,
    potential: 0.0,
    leak: 0.02,
    excitability: 1.0,
    refractory: 5,
    fire_limit: 0,
    snooze: 0,
    drive: 1,
    valid: true,
};

/// Driven from outside, so that something happens.
pub(super) const USUAL_DRIVE: Drive = Drive { mean: 2.0, event: 100, constant: 0 };

impl Parameters {
    /// Reads a model file: JSON, an object with these parameters. A file of edges is looked for beside it.
    ///
    /// # Errors
    /// If it cannot be read, or is no such object.
    pub fn read(path: &Path) -> Result<Parameters, Error> {
        let file = path.display().to_string();
        let bytes = files::read(path, MODEL_FILE).map_err(|error| Error::Io { file: file.clone(), error })?;
        // The parser would take a list for an object without names.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(Error::File { file, message: "not a model file: expected a JSON object".to_owned() });
        }
        let mut parameters: Parameters = serde_json::from_slice(&bytes).map_err(|error| {
            let message: String = error.to_string().chars().take(MESSAGE).collect();
            Error::File { file: file.clone(), message: format!("not a model file: {message}") }
        })?;
        match &mut parameters.model {
            None => return Err(Error::File { file, message: "not a model file: no model".to_owned() }),
            Some(model) if !BUILT_IN.contains(&model.as_str()) => {
                let edges = path.parent().unwrap_or(Path::new("")).join(&*model);
                *model = edges.display().to_string();
            }
            Some(_) => {}
        }
        Ok(parameters)
    }

    /// Makes the network, with `seed` for what is drawn, and says in words what it is made with.
    ///
    /// # Errors
    /// If there is no such model, a parameter is not one of it or out of range, or a file of edges cannot be read.
    pub fn build(&self, seed: u64) -> Result<(Model, String), Error> {
        let model = self.model.as_deref().unwrap_or("brunel");
        let only = |known: &[&str]| match self.beyond(known) {
            None => Ok(()),
            Some(parameter) => Err(Error::NotOfModel {
                parameter,
                model: model.to_owned(),
                known: known.iter().map(|name| name.replace('_', "-")).collect::<Vec<_>>().join(", "),
            }),
        };
        let mut text = String::new();
        let made = match model {
            "brunel" => {
                only(&["neurons", "fan_in", "g", "eta", "weight", "refractory"])?;
                let usual = Brunel::default();
                let brunel = Brunel {
                    neurons: self.neurons.unwrap_or(usual.neurons),
                    fan_in: self.fan_in.unwrap_or(usual.fan_in),
                    g: self.g.unwrap_or(usual.g),
                    eta: self.eta.unwrap_or(usual.eta),
                    weight: self.weight.unwrap_or(usual.weight),
                    refractory: self.refractory.unwrap_or(usual.refractory),
                    seed,
                };
                let Brunel { fan_in, g, eta, weight, refractory, .. } = brunel;
                let _ = write!(text, "fan-in {fan_in}, g {g}, eta {eta}, weight {weight} mV, refractory {refractory}");
                brunel.build()?
            }
            "vogels-abbott" => {
                only(&["neurons"])?;
                text.push_str("as published, currents as charges");
                VogelsAbbott { neurons: self.neurons.unwrap_or(4_000), seed }.build()
            }
            "random" => {
                only(&["neurons", "fan_out", "threshold", "rest", "leak", "excitability", "refractory", "drive"])?;
                let (neuron, drives) = self.neuron(&mut text);
                let fan_out = self.fan_out.unwrap_or(100);
                let random = Random { neurons: self.neurons.unwrap_or(10_000), fan_out, seed };
                random.build_with(neuron, drives)
            }
            file => {
                only(&["threshold", "rest", "leak", "excitability", "refractory", "drive", "milliseconds"])?;
                let named = |error| Error::NoSuchModel { model: file.to_owned(), error };
                let bytes = files::read(file.as_ref(), files::ARRAY).map_err(named)?;
                let (neuron, drives) = self.neuron(&mut text);
                if self.milliseconds.is_some_and(|milliseconds| !(milliseconds > 0.0 && milliseconds.is_finite())) {
                    let value = self.milliseconds.unwrap_or_default();
                    return Err(Error::OutOfRange { what: "milliseconds", value, allowed: "above 0" });
                }
                Model { milliseconds: self.milliseconds, ..parse_edges(file, &bytes, neuron, drives)? }
            }
        };
        Ok((made, text))
    }

    /// A neuron of a model that has none of its own, and its drives; in words too.
    fn neuron(&self, text: &mut String) -> (Neuron, Vec<Drive>) {
        let input = self.drive.unwrap_or(Input(Some(USUAL_DRIVE)));
        let usual = USUAL_NEURON;
        let neuron = Neuron {
            threshold: self.threshold.unwrap_or(usual.threshold),
            rest: self.rest.unwrap_or(usual.rest),
            potential: self.rest.unwrap_or(usual.potential),
            leak: self.leak.unwrap_or(usual.leak),
            excitability: self.excitability.unwrap_or(usual.excitability),
            refractory: self.refractory.unwrap_or(usual.refractory),
            drive: u8::from(input.0.is_some()),
            ..usual
        };
        let Neuron { threshold, rest, leak, excitability, refractory, .. } = neuron;
        let _ = write!(
            text,
            "threshold {threshold}, rest {rest}, leak {leak}, excitability {excitability}, refractory {refractory}, \
             drive {input}"
        );
        (neuron, input.0.into_iter().collect())
    }
}

/// Models that are no file.
const BUILT_IN: [&str; 3] = ["brunel", "vogels-abbott", "random"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_a_word_or_numbers() {
        let parse = |text: &str| text.parse::<Input>().map(|input| input.0);
        assert_eq!(parse("none"), Ok(None));
        assert_eq!(parse("0.5, -40"), Ok(Some(Drive { mean: 0.5, event: -40, constant: 0 })));
        assert_eq!(parse("2,100,-7"), Ok(Some(Drive { mean: 2.0, event: 100, constant: -7 })));
        for text in ["", "2", "2,1.5", "2,1,1,1", "None", "a,b"] {
            assert!(parse(text).is_err_and(|error| error.contains("MEAN,EVENT")), "{text}");
        }
        for text in ["none", "0.5,-40,3"] {
            assert_eq!(text.parse::<Input>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_given_comes_from_the_file_then_from_the_model() {
        let file: Parameters = serde_json::from_str(r#"{"model": "random", "leak": 0.5, "drive": "none"}"#).unwrap();
        let given = Parameters { leak: Some(0.25), neurons: Some(3), ..Parameters::default() };
        let (model, text) = given.or(file).build(1).unwrap();
        assert_eq!((model.neurons.len(), model.synapses.len(), model.drives.len()), (3, 300, 0));
        assert_eq!(text, "threshold 5000, rest 0, leak 0.25, excitability 1, refractory 5, drive none");
    }

    #[test]
    fn a_parameter_of_another_model_is_refused() {
        let with = |model: &str, parameters: Parameters| {
            Parameters { model: Some(model.to_owned()), ..parameters }.build(0).unwrap_err().to_string()
        };
        let error = with("vogels-abbott", Parameters { g: Some(4.0), ..Parameters::default() });
        assert_eq!(error, "g is no parameter of vogels-abbott, which has neurons");
        let error = with("brunel", Parameters { drive: Some(Input(None)), ..Parameters::default() });
        assert!(error.starts_with("drive is no parameter of brunel, which has neurons, fan-in, g"), "{error}");
    }
}
