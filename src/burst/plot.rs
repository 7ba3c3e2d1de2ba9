//! A picture of a raster: who fired when, and below it how many did.

use super::Raster;
use std::io::Write;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1000;
const LEFT: usize = 130;
const RIGHT: usize = WIDTH - 40;
const TOP: usize = 70;
const RASTER_BOTTOM: usize = 690;
const RATE_TOP: usize = 740;
const BOTTOM: usize = HEIGHT - 80;
/// Pixels of a letter, which has 8 by 8 dots.
const LETTER: usize = 16;

type Colour = [u8; 3];
const PAPER: Colour = [253, 252, 248];
const INK: Colour = [40, 44, 52];
const GRID: Colour = [228, 226, 218];
const EXCITES: Colour = [24, 90, 157];
const INHIBITS: Colour = [200, 62, 50];

/// What a picture says besides the spikes.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    /// Above it.
    pub title: &'a str,
    /// Milliseconds of a burst; `None` where time is in bursts.
    pub milliseconds: Option<f64>,
    /// Neurons in the order in which they are drawn, from below.
    pub ids: &'a [u32],
    /// How many of them are drawn as exciting; the others inhibit.
    pub excitatory: usize,
}

/// Writes a PNG of 1600 by 1000 pixels. Where many spikes fall on one pixel it is darker.
pub fn plot(raster: &Raster, labels: &Labels, out: impl Write) -> std::io::Result<()> {
    let mut canvas = Canvas { pixels: vec![PAPER; WIDTH * HEIGHT] };
    let bursts = raster.bursts().max(1);
    let neurons = labels.ids.len().max(1);
    let unit = labels.milliseconds.unwrap_or(1.0);
    let (begin, end) = (raster.first as f64 * unit, (raster.first + bursts as u64) as f64 * unit);
    let x_of = |time: f64| LEFT as f64 + (time - begin) / (end - begin) * (RIGHT - LEFT) as f64;

    canvas.text(LEFT, 26, labels.title, INK);
    for tick in ticks(begin, end, 8) {
        let x = x_of(tick) as usize;
        canvas.line(x, TOP, RASTER_BOTTOM, GRID);
        canvas.line(x, RATE_TOP, BOTTOM, GRID);
        canvas.centred(x, BOTTOM + 10, &number(tick), INK);
    }
    let time = if labels.milliseconds.is_some() { "time in ms" } else { "burst" };
    canvas.centred((LEFT + RIGHT) / 2, BOTTOM + 40, time, INK);

    let y_of = |row: f64| RASTER_BOTTOM as f64 - row / neurons as f64 * (RASTER_BOTTOM - TOP) as f64;
    for tick in ticks(0.0, neurons as f64, 5) {
        canvas.before(LEFT - 12, y_of(tick) as usize - LETTER / 2, &number(tick), INK);
    }
    canvas.upwards(8, (TOP + RASTER_BOTTOM) / 2, "neuron", INK);
    let rows: std::collections::HashMap<u32, usize> = labels.ids.iter().copied().zip(0..).collect();
    let mut hits = vec![[0u32; 2]; WIDTH * HEIGHT];
    for (step, id) in raster.spikes() {
        let Some(&row) = rows.get(&id) else { continue };
        let x = x_of(step as f64 * unit) as usize;
        let y = (y_of(row as f64 + 1.0) as usize).min(RASTER_BOTTOM - 1);
        hits[y * WIDTH + x][usize::from(row >= labels.excitatory)] += 1;
    }
    // The busiest pixels of a dense raster are as dark as it gets; a lone spike stays visible.
    let most = hits.iter().map(|[a, b]| a + b).max().unwrap_or(0).max(1);
    for (pixel, [excite, inhibit]) in canvas.pixels.iter_mut().zip(&hits).filter(|(_, [a, b])| a + b > 0) {
        let colour = if inhibit > excite { INHIBITS } else { EXCITES };
        let share = f64::from(excite + inhibit) / f64::from(most);
        *pixel = mixed(*pixel, colour, 0.35 + 0.65 * share.sqrt());
    }
    canvas.frame(TOP, RASTER_BOTTOM);

    // Spikes of each column of pixels, as a rate of one neuron.
    let columns = RIGHT - LEFT;
    let mut sums = vec![0u64; columns];
    let mut lengths = vec![0u64; columns];
    for (burst, count) in raster.counts.iter().enumerate() {
        let column = burst * columns / bursts;
        sums[column] += u64::from(*count);
        lengths[column] += 1;
    }
    let scale = labels.milliseconds.map_or(100.0, |milliseconds| 1000.0 / milliseconds) / neurons as f64;
    let mut rate = 0.0;
    let rates: Vec<f64> = sums
        .iter()
        .zip(&lengths)
        .map(|(sum, length)| {
            // Columns without a burst of their own go on as the one before.
            if *length > 0 {
                rate = *sum as f64 / *length as f64 * scale;
            }
            rate
        })
        .collect();
    let top = rates.iter().copied().fold(0.0, f64::max).max(1e-9) * 1.1;
    let height = (BOTTOM - RATE_TOP) as f64;
    for tick in ticks(0.0, top, 3) {
        let y = BOTTOM - (tick / top * height) as usize;
        canvas.before(LEFT - 12, y - LETTER / 2, &number(tick), INK);
    }
    let mut before = None;
    for (column, rate) in rates.iter().enumerate() {
        let y = BOTTOM - (rate / top * height) as usize;
        let from = before.unwrap_or(y);
        for fill in y..BOTTOM {
            canvas.dot(LEFT + column, fill, 0.18, EXCITES);
        }
        for line in y.min(from)..=y.max(from).min(y.min(from) + height as usize) {
            canvas.dot(LEFT + column, line, 0.9, EXCITES);
        }
        before = Some(y);
    }
    canvas.frame(RATE_TOP, BOTTOM);
    let label = if labels.milliseconds.is_some() { "rate Hz" } else { "fire %" };
    canvas.upwards(8, (RATE_TOP + BOTTOM) / 2, label, INK);

    let mut encoder = png::Encoder::new(out, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(canvas.pixels.as_flattened())?;
    Ok(writer.finish()?)
}

fn mixed(under: Colour, over: Colour, share: f64) -> Colour {
    std::array::from_fn(|n| (f64::from(under[n]) * (1.0 - share) + f64::from(over[n]) * share) as u8)
}

/// Round numbers from `begin` to `end`, about as many as wanted.
fn ticks(begin: f64, end: f64, wanted: u32) -> Vec<f64> {
    let rough = (end - begin) / f64::from(wanted);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let first = (begin / step).ceil() as i64;
    (first..).map(|n| n as f64 * step).take_while(|tick| *tick <= end).collect()
}

/// Without digits that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct Canvas {
    pixels: Vec<Colour>,
}

impl Canvas {
    fn dot(&mut self, x: usize, y: usize, share: f64, colour: Colour) {
        if x < WIDTH && y < HEIGHT {
            let pixel = &mut self.pixels[y * WIDTH + x];
            *pixel = mixed(*pixel, colour, share);
        }
    }

    fn line(&mut self, x: usize, top: usize, bottom: usize, colour: Colour) {
        (top..bottom).for_each(|y| self.dot(x, y, 1.0, colour));
    }

    fn frame(&mut self, top: usize, bottom: usize) {
        self.line(LEFT - 1, top, bottom, INK);
        (LEFT - 1..RIGHT).for_each(|x| self.dot(x, bottom, 1.0, INK));
    }

    /// Text from a corner on, each dot of a letter as two by two pixels; `place` turns it.
    fn letters(&mut self, text: &str, colour: Colour, place: impl Fn(usize, usize) -> Option<(usize, usize)>) {
        for (n, letter) in text.chars().enumerate() {
            let rows = font8x8::legacy::BASIC_LEGACY.get(letter as usize).copied().unwrap_or([0xff; 8]);
            for (v, row) in rows.iter().enumerate() {
                for u in (0..8).filter(|u| row >> u & 1 != 0) {
                    for (du, dv) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                        if let Some((x, y)) = place(n * LETTER + 2 * u + du, 2 * v + dv) {
                            self.dot(x, y, 1.0, colour);
                        }
                    }
                }
            }
        }
    }

    fn text(&mut self, x: usize, y: usize, text: &str, colour: Colour) {
        self.letters(text, colour, |u, v| Some((x + u, y + v)));
    }

    fn centred(&mut self, x: usize, y: usize, text: &str, colour: Colour) {
        self.text(x.saturating_sub(text.len() * LETTER / 2), y, text, colour);
    }

    /// Ends at `x`.
    fn before(&mut self, x: usize, y: usize, text: &str, colour: Colour) {
        self.text(x.saturating_sub(text.len() * LETTER), y, text, colour);
    }

    /// From below to above, its middle at `y`.
    fn upwards(&mut self, x: usize, y: usize, text: &str, colour: Colour) {
        let low = y + text.len() * LETTER / 2;
        self.letters(text, colour, |u, v| low.checked_sub(u).map(|y| (x + v, y)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 100.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(130.0, 190.0, 3), [140.0, 160.0, 180.0]);
        assert_eq!((number(0.25), number(3.0), number(1200.0)), ("0.25".into(), "3".into(), "1200".into()));
    }

    #[test]
    fn a_spike_is_a_dot_where_it_belongs() {
        let raster = Raster { first: 0, counts: vec![1, 0, 0, 1], ids: vec![7, 9] };
        let labels = Labels { title: "two", milliseconds: None, ids: &[7, 9], excitatory: 1 };
        let mut bytes = Vec::new();
        plot(&raster, &labels, &mut bytes).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let at = |x: usize, y: usize| -> Colour { std::array::from_fn(|n| pixels[3 * (y * WIDTH + x) + n]) };
        assert_eq!(at(LEFT, (TOP + RASTER_BOTTOM) / 2), EXCITES, "id 7 is the lower row, in burst 0");
        assert_eq!(at(LEFT + (RIGHT - LEFT) * 3 / 4, TOP), INHIBITS, "id 9 is above it, in burst 3");
        assert_eq!(at(LEFT + 300, TOP + 100), PAPER);
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        let labels = Labels { title: "", milliseconds: Some(0.1), ids: &[], excitatory: 0 };
        plot(&Raster::default(), &labels, Vec::new()).unwrap();
    }
}
