//! A chart of growth, both axes logarithmic: a picture of its own, without scripts, fonts or anything from elsewhere.

use std::fmt::Write;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 520.0;
/// Around what is drawn; names stand on the right.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 290.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 56.0;
/// Least distance between the names of lines.
const NAME_HEIGHT: f64 = 17.0;
/// Told apart by those who see few colours too, and by their dashes in print (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#333333", "#7a5195"];
const DASHES: [&str; 4] = ["none", "7 3", "2 3", "9 3 2 3"];

/// Where numbers lie on the picture.
struct Scale {
    from_x: f64,
    to_x: f64,
    from_y: f64,
    to_y: f64,
}

impl Scale {
    fn x(&self, n_slots: f64) -> f64 {
        let share = (n_slots.log10() - self.from_x) / (self.to_x - self.from_x);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, times: f64) -> f64 {
        let share = (times.log10() - self.from_y) / (self.to_y - self.from_y);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

/// Draws lines by name: each value as a multiple of its first.
pub(super) fn draw(n_slots: &[u64], lines: &[(&str, &[f64])]) -> String {
    let sizes: Vec<f64> = n_slots.iter().map(|n| *n as f64).collect();
    let (Some(least), Some(most)) = (sizes.first().copied(), sizes.last().copied()) else { return String::new() };
    let times = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|value| value / values.first().copied().unwrap_or(1.0)).collect()
    };
    let all: Vec<(&str, Vec<f64>)> = lines.iter().map(|(name, values)| (*name, times(values))).collect();
    let highest = all.iter().flat_map(|(_, values)| values).fold(most / least, |a, b| a.max(*b));
    let lowest = all.iter().flat_map(|(_, values)| values).fold(1.0_f64, |a, b| a.min(*b));
    let scale = Scale {
        from_x: least.log10(),
        to_x: most.log10(),
        from_y: lowest.log10().min(-0.1),
        to_y: highest.log10() + 0.1,
    };
    let mut svg = String::new();
    // Writing to a text cannot fail.
    write_chart(&mut svg, &scale, &sizes, &all).ok();
    svg
}

fn write_chart(svg: &mut String, scale: &Scale, sizes: &[f64], lines: &[(&str, Vec<f64>)]) -> std::fmt::Result {
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>How figures grow with the number of slots</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">Times the figure at {} slots, both axes logarithmic</text>\n",
        short(sizes[0])
    )?;
    write_axes(svg, scale, sizes)?;
    // Linear growth, to compare with.
    let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
    writeln!(
        svg,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#bbb\" stroke-width=\"7\" fill=\"none\"/>",
        scale.x(first),
        scale.y(1.0),
        scale.x(last),
        scale.y(last / first)
    )?;
    let end = |values: &[f64]| scale.y(values.last().copied().unwrap_or(1.0));
    let mut names = vec![("linear", scale.y(last / first), "#777")];
    for (place, (name, values)) in lines.iter().enumerate() {
        let (colour, dash) = (COLOURS[place % COLOURS.len()], DASHES[place % DASHES.len()]);
        let points: Vec<_> = sizes.iter().zip(values).map(|(x, y)| (scale.x(*x), scale.y(*y))).collect();
        let path: String = points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\" fill=\"none\"/>",
            path.trim_end()
        )?;
        for (x, y) in points {
            writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>")?;
        }
        names.push((name, end(values), colour));
    }
    write_names(svg, scale.x(last), names)?;
    svg.push_str("</svg>\n");
    Ok(())
}

/// Lines at the powers of ten, and at each size that was measured.
fn write_axes(svg: &mut String, scale: &Scale, sizes: &[f64]) -> std::fmt::Result {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for power in scale.from_y.ceil() as i32..=scale.to_y.floor() as i32 {
        let times = 10_f64.powi(power);
        let y = scale.y(times);
        writeln!(svg, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/>")?;
        writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{times}×</text>", LEFT - 8.0, y + 4.0)?;
    }
    for size in sizes {
        let x = scale.x(*size);
        writeln!(svg, "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/>")?;
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", bottom + 20.0, short(*size))?;
    }
    let middle = f64::midpoint(LEFT, right);
    writeln!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">slots</text>", bottom + 42.0)
}

/// Names at the ends of their lines, moved apart where they would lie on each other.
fn write_names(svg: &mut String, line_end: f64, mut names: Vec<(&str, f64, &str)>) -> std::fmt::Result {
    names.sort_by(|a, b| a.1.total_cmp(&b.1));
    let too_low =
        (names.len() as f64 - 1.0).mul_add(NAME_HEIGHT, names.first().map_or(0.0, |name| name.1)) - (HEIGHT - 12.0);
    let mut least = names.first().map_or(0.0, |name| name.1) - too_low.max(0.0);
    for (name, y, colour) in names {
        let at = y.max(least);
        least = at + NAME_HEIGHT;
        let (from, to) = (line_end + 6.0, line_end + 22.0);
        writeln!(
            svg,
            "<path d=\"M{from:.1} {y:.1}L{to:.1} {at:.1}\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>"
        )?;
        writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#333\">{name}</text>", to + 4.0, at + 4.0)?;
    }
    Ok(())
}

/// A number of slots as people say it.
fn short(n: f64) -> String {
    if n >= 1e6 { format!("{} million", n / 1e6) } else { crate::output::grouped(n as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lie_where_their_numbers_are() {
        let svg =
            draw(&[100_000, 1_000_000, 10_000_000], &[("flat", &[5.0, 5.0, 5.0]), ("linear too", &[2.0, 20.0, 200.0])]);
        let polyline = |n: usize| -> Vec<(f64, f64)> {
            let line = svg.lines().filter(|line| line.starts_with("<polyline")).nth(n).expect("a line");
            let points = line.split('"').nth(1).expect("points");
            points
                .split(' ')
                .map(|point| point.split_once(',').expect("a point"))
                .map(|(x, y)| (x.parse().expect("x"), y.parse().expect("y")))
                .collect()
        };
        let (flat, linear) = (polyline(0), polyline(1));
        assert!(flat.iter().all(|(_, y)| (y - flat[0].1).abs() < 0.2), "{flat:?}");
        // Ten times as much is as far up each time, and as far to the right.
        assert!(((linear[0].1 - linear[1].1) - (linear[1].1 - linear[2].1)).abs() < 0.2, "{linear:?}");
        assert!(((linear[1].0 - linear[0].0) - (linear[2].0 - linear[1].0)).abs() < 0.2, "{linear:?}");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains(">10 million<") && svg.contains(">100,000<"));
    }

    #[test]
    fn no_size_is_no_picture() {
        assert_eq!(draw(&[], &[]), "");
    }
}
