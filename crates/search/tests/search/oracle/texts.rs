//! Words: which provider locations have all of a text, and how well.

use openslots_directory::text::fold;
use openslots_directory::vocabulary::specialties_of;
use openslots_model::ProviderLocation;

use super::{Oracle, Scores};

impl Oracle<'_> {
    /// The provider locations that have all words of a text, with their scores; `None` for a text without words.
    pub(super) fn scores(&self, text: &str) -> Option<Scores> {
        const FILLERS: &str = " a an and at by for from in near of on or the to with ";
        let folded = fold(&text.replace(['\'', '\u{2019}'], ""));
        let mut words = Vec::new();
        for word in folded.split_whitespace() {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() {
            return None;
        }
        let is_filler = |word: &str| FILLERS.contains(&format!(" {word} "));
        let all_fillers = words.iter().all(|word| is_filler(word));
        let best = |word: &str, number, n_typos: usize| {
            let required = all_fillers || !is_filler(word);
            let of_class = |(weight, theirs): &(u32, Vec<String>)| {
                let closeness = |own: &String| closeness(word, own, required, n_typos);
                theirs.iter().map(closeness).max().unwrap_or(0) * weight
            };
            self.texts[&number].iter().map(of_class).max().unwrap_or(0)
        };
        // What nobody has is stretched letter by letter, first each word for itself, then all of them.
        let nowhere = |word: &str, n_typos| self.texts.keys().all(|number| best(word, *number, n_typos) == 0);
        let fewest = |word: &str| (0..2).find(|n_typos| !nowhere(word, *n_typos)).unwrap_or(2);
        let mut n_typos = words.iter().map(|word| fewest(word)).collect::<Vec<_>>();
        for _ in 0..3 {
            let mut scores = Scores::new();
            for number in self.texts.keys() {
                let weights = words.iter().zip(&n_typos).map(|(word, n_typos)| (*word, best(word, *number, *n_typos)));
                let weights = weights.collect::<Vec<_>>();
                let has_all = weights.iter().all(|(word, weight)| *weight > 0 || (!all_fillers && is_filler(word)));
                if has_all {
                    scores.insert(*number, weights.iter().map(|(_, weight)| weight).sum());
                }
            }
            if !scores.is_empty() {
                return Some(scores);
            }
            n_typos.iter_mut().for_each(|n_typos| *n_typos += 1);
        }
        Some(Scores::new())
    }
}

/// The words of the texts of a provider location with the weight of each text.
pub(super) fn texts(it: &ProviderLocation) -> Vec<(u32, Vec<String>)> {
    let (provider, place) = (it.provider.clone(), it.place.clone().unwrap_or_default());
    let of_provider = |part: fn(&openslots_model::Provider) -> &Option<String>| {
        provider.iter().filter_map(|provider| part(provider).clone()).collect::<Vec<_>>()
    };
    let mut services = Vec::new();
    for coding in it.service_types().into_iter().chain(it.specialties()) {
        for specialty in specialties_of(&coding) {
            services.push(specialty.label.to_owned());
            services.extend(specialty.words.iter().map(|word| (*word).to_owned()));
        }
        services.extend(coding.display);
    }
    services.extend(it.schedules.iter().flat_map(|it| &it.vaccines).filter_map(|vaccine| vaccine.display.clone()));
    let mut at_place = place.address_lines.clone();
    at_place.extend([place.name, place.city, place.state, place.postal_code, place.district].into_iter().flatten());
    let mut descriptions = of_provider(|provider| &provider.description);
    descriptions.extend(place.description);
    let words = |texts: Vec<String>| {
        let both_ways = texts.iter().flat_map(|text| [fold(text), fold(&text.replace(['\'', '\u{2019}'], ""))]);
        both_ways.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    vec![
        (8, words(of_provider(|provider| &provider.name))),
        (7, words(services)),
        (6, words(of_provider(|provider| &provider.organization))),
        (5, words(at_place)),
        (2, words(descriptions)),
    ]
}

fn closeness(word: &str, own: &str, required: bool, n_typos: usize) -> u32 {
    let max_typos = match word.len() {
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    let n_typos = n_typos.min(max_typos);
    if own == word {
        10
    } else if required && word.len() >= 3 && own.starts_with(word) {
        6
    } else if required
        && word.len().abs_diff(own.len()) <= n_typos
        && distance(word.as_bytes(), own.as_bytes()) <= n_typos
    {
        3
    } else {
        0
    }
}

/// Letters to insert, delete, replace or swap with their neighbour to make one word of the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}
