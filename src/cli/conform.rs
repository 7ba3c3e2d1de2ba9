//! `kvrm conform`: runs a file of cases, one lane per case.

use anyhow::Context;
use clap::Args;
use kvrm::conform::{self, Runner, Summary};
use kvrm::{escape, files};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Run conformance cases, one lane per case; the exit status is 1 if any fails, 2 if the file is malformed.
#[derive(Args)]
pub struct ConformArgs {
    /// Cases as JSON Lines; docs/CONFORMANCE.md describes them
    cases: PathBuf,
    /// Adapter to use, by part of its name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Cases that run at once, at the most
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Mismatches that are printed, at the most; all are counted
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_mismatches: usize,
}

/// Runs `kvrm conform`.
pub fn conform(args: ConformArgs) -> anyhow::Result<ExitCode> {
    let name = args.cases.display();
    let file = match files::read(&args.cases, files::TEXT) {
        Ok(file) => file,
        Err(error) => {
            super::complain(format_args!("{name}: {error}"));
            return Ok(ExitCode::from(2));
        }
    };
    let (lines, cases): (Vec<_>, Vec<_>) = match conform::parse(&file) {
        Ok(cases) => cases.into_iter().unzip(),
        Err(malformed) => {
            super::complain(format_args!("{name}: {malformed}"));
            return Ok(ExitCode::from(2));
        }
    };
    let mut runner = Runner::open(args.adapter)?;
    if let Some(batch) = args.batch {
        runner = runner.batch(batch);
    }
    let mismatches = runner.check(&cases).with_context(|| format!("{name}"))?;
    let mut out = std::io::stdout().lock();
    let mut summary = Summary::default();
    for ((line, case), mismatch) in lines.iter().zip(&cases).zip(&mismatches) {
        summary.count(case, mismatch.is_none());
        if let Some(mismatch) = mismatch
            && summary.failed() <= args.max_mismatches
        {
            let text = format!("{name}:{line}: {}", mismatch.describe(case));
            writeln!(out, "{}", escape::message(&text))?;
        }
    }
    write!(out, "{}", escape::message(&summary.to_string()))?;
    Ok(if summary.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
