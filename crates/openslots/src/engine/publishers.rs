//! How publishers come to be known: by a URL on a command line, after a look at it, or from a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use openslots_crawl::{CrawlTarget, FetchedText, without_secrets};
use openslots_model::PublisherSlug;
use url::Url;

use super::{Engine, lock};
use crate::operations::{
    AddOutcome, AddReport, AddRequest, Category, ImportOutcome, ImportReport, ImportRequest, ImportSource,
    ImportedPublisher,
};
use crate::plan::{Plan, free_slug};
use crate::registry::{self, ListedPublisher, publisher_file};

/// Which publishers there are, in this process and in the store.
struct Known {
    by_url: BTreeMap<Url, PublisherSlug>,
    /// Those of the store that this process does not crawl, as the file that named them is gone, are not among these.
    planned: BTreeSet<PublisherSlug>,
    slugs: BTreeSet<PublisherSlug>,
}

impl Known {
    fn of_url(&self, url: &Url) -> Option<&PublisherSlug> {
        self.by_url.get(&compared(url))
    }

    fn add(&mut self, slug: PublisherSlug, url: &Url) {
        self.by_url.insert(compared(url), slug.clone());
        self.slugs.insert(slug.clone());
        self.planned.insert(slug);
    }
}

/// A manifest's URL as it is compared: the store keeps no secrets of a URL, so a plan that was made from it lacks them.
fn compared(url: &Url) -> Url {
    let mut url = without_secrets(url);
    url.set_fragment(None);
    let path = url.path().replace("%24", "$");
    url.set_path(&path);
    url
}

fn has_credential(url: &Url) -> bool {
    without_secrets(url) != *url
}

impl Engine {
    /// Adds a publisher by its manifest URL, unless one with that URL is known; its slug and whether it was known.
    pub(crate) fn add_manifest(&self, url: &Url) -> Result<(PublisherSlug, bool)> {
        let _one_at_a_time = lock(&self.adding);
        let known = self.known()?;
        match self.refresh(&known, url)? {
            Some(slug) => Ok((slug, true)),
            None => Ok((self.add_new(&known, url, None, None)?, false)),
        }
    }

    /// Keeps a publisher under a slug, instead of whatever was known under it.
    pub(crate) fn put_publisher(&self, slug: &PublisherSlug, display_name: &str, manifest_url: &Url) -> Result<()> {
        self.put_plan(Plan::of_url(slug.clone(), display_name, manifest_url.clone(), true, &self.common), None)
    }

    /// Adds a publisher after a look at its manifest.
    pub(super) async fn add_publisher(self: &Arc<Self>, request: AddRequest) -> Result<AddReport> {
        let AddRequest { url, name, slug, unchecked } = request;
        let mut report = AddReport {
            manifest_url: without_secrets(&url).into(),
            outcome: AddOutcome::Known,
            slug: None,
            serving: self.serving,
            has_credential: has_credential(&url),
            found: None,
            failure: None,
        };
        let engine = Arc::clone(self);
        let (of_url, of_name, wanted) = (url.clone(), name.clone(), slug.clone());
        let candidate = tokio::task::spawn_blocking(move || {
            let known = engine.known()?;
            match engine.refresh(&known, &of_url)? {
                Some(slug) => Ok::<_, anyhow::Error>(Err(slug)),
                None => Ok(Ok(new_slug(&known, &of_url, of_name.as_deref(), wanted)?)),
            }
        });
        let candidate = match candidate.await?? {
            Ok(candidate) => candidate,
            Err(slug) => return Ok(AddReport { slug: Some(slug), ..report }),
        };
        if !unchecked {
            match self.crawler.probe(&CrawlTarget::new(candidate, url.clone())).await {
                Ok(found) => report.found = Some(found),
                Err(failure) => {
                    return Ok(AddReport { outcome: AddOutcome::Refused, failure: Some(failure), ..report });
                }
            }
        }
        let engine = Arc::clone(self);
        let was_asked = report.found.is_some();
        let added = tokio::task::spawn_blocking(move || {
            let _one_at_a_time = lock(&engine.adding);
            let known = engine.known()?;
            // Somebody may have added it meanwhile.
            let (slug, outcome) = match engine.refresh(&known, &url)? {
                Some(slug) => (slug, AddOutcome::Known),
                None => (engine.add_new(&known, &url, name.as_deref(), slug)?, AddOutcome::Added),
            };
            if was_asked {
                // So that a process after this one leaves it alone for a while.
                engine.store.record_attempt(&slug, engine.clock.now())?;
            }
            engine.run_after_commit();
            Ok::<_, anyhow::Error>((slug, outcome))
        });
        let (slug, outcome) = added.await??;
        Ok(AddReport { slug: Some(slug), outcome, ..report })
    }

    /// Adds the publishers of a list. None of them is asked for anything: they are read when they are crawled.
    pub(super) async fn import_publishers(self: &Arc<Self>, request: ImportRequest) -> Result<ImportReport> {
        let ImportRequest { source, category, dry_run } = request;
        let (name, text, fetched) = match source {
            ImportSource::Text { name, text } => (name, text, None),
            ImportSource::Url(url) => {
                let mut fetched =
                    self.crawler.fetch_text(&url).await.map_err(|failure| anyhow!(failure.to_string()))?;
                let text = std::mem::take(&mut fetched.text);
                (fetched.url.clone(), text, Some(fetched))
            }
        };
        let engine = Arc::clone(self);
        let imported = tokio::task::spawn_blocking(move || {
            let read = registry::read(&text).map_err(|error| anyhow!("{name} {error}"))?;
            let mut passed_over: Vec<_> = read.passed_over.iter().map(ToString::to_string).collect();
            let listed = &read.publishers;
            Ok::<_, anyhow::Error>(ImportReport {
                publishers: engine.import(listed, category, fetched.as_ref(), dry_run, &mut passed_over)?,
                source: name,
                dry_run,
                serving: engine.serving,
                passed_over,
                n_more_passed_over: read.n_more_passed_over,
            })
        });
        imported.await?
    }

    fn import(
        &self,
        listed: &[ListedPublisher],
        category: Option<Category>,
        list: Option<&FetchedText>,
        dry_run: bool,
        passed_over: &mut Vec<String>,
    ) -> Result<Vec<ImportedPublisher>> {
        let _one_at_a_time = lock(&self.adding);
        let mut known = self.known()?;
        let mut imported = Vec::with_capacity(listed.len());
        for publisher in listed {
            let one = match judge(&known, publisher, category, list) {
                Ok(one) => one,
                Err(error) => {
                    passed_over.push(format!("{error:#}"));
                    continue;
                }
            };
            if let (ImportOutcome::Added, Some(slug)) = (one.outcome, &one.slug) {
                if !dry_run {
                    let name = publisher.name.as_deref().unwrap_or(slug.as_str());
                    let plan = Plan::of_url(slug.clone(), name, publisher.url.clone(), true, &self.common);
                    // A name on a public list may lead anywhere tomorrow: it is held to what such a list may name.
                    let is_public_only = list.is_some_and(FetchedText::is_public);
                    self.put_plan(plan.public_only(is_public_only), None)?;
                }
                known.add(slug.clone(), &publisher.url);
            }
            imported.push(one);
        }
        self.run_after_commit();
        Ok(imported)
    }

    /// Which publishers there are now.
    fn known(&self) -> Result<Known> {
        let plans = self.plans();
        let planned_urls = plans.iter().map(|(slug, plan)| (compared(&plan.target.manifest_url), slug.clone()));
        let mut by_url: BTreeMap<_, _> = planned_urls.collect();
        let mut slugs: BTreeSet<_> = plans.keys().cloned().collect();
        for publisher in self.store.publishers()? {
            if slugs.insert(publisher.slug.clone()) {
                let url = Url::parse(&publisher.manifest_url)
                    .with_context(|| format!("manifest URL of publisher `{}` in the store", publisher.slug))?;
                by_url.entry(compared(&url)).or_insert(publisher.slug);
            }
        }
        Ok(Known { by_url, planned: plans.into_keys().collect(), slugs })
    }

    /// The slug of the publisher that is crawled by this URL, which may bring a credential that its plan lacks.
    fn refresh(&self, known: &Known, url: &Url) -> Result<Option<PublisherSlug>> {
        let Some(slug) = known.of_url(url).filter(|slug| known.planned.contains(*slug)) else { return Ok(None) };
        let slug = slug.clone();
        let plan = lock(&self.plans).get(&slug).cloned();
        // What a file says of a publisher is changed in the file.
        if let Some(mut plan) = plan.filter(|plan| !plan.is_configured && has_credential(url)) {
            plan.target.manifest_url = url.clone();
            let wish = self.status(&slug)?.and_then(|status| self.wish_of(&status));
            self.put_plan(plan, wish)?;
        }
        Ok(Some(slug))
    }

    fn add_new(
        &self,
        known: &Known,
        url: &Url,
        name: Option<&str>,
        wanted: Option<PublisherSlug>,
    ) -> Result<PublisherSlug> {
        let slug = new_slug(known, url, name, wanted)?;
        self.put_publisher(&slug, name.unwrap_or(slug.as_str()), url)?;
        Ok(slug)
    }
}

/// The slug of a publisher that this process does not crawl yet.
fn new_slug(known: &Known, url: &Url, name: Option<&str>, wanted: Option<PublisherSlug>) -> Result<PublisherSlug> {
    let shown = without_secrets(url);
    if !matches!(url.scheme(), "http" | "https") {
        bail!("manifest URL {shown} has scheme `{}`; only http and https can be crawled", url.scheme());
    }
    // The file that named it is gone: it goes on with the data that are held of it.
    let held = known.of_url(url);
    match wanted {
        Some(wanted) if known.slugs.contains(&wanted) && held != Some(&wanted) => {
            bail!("slug `{wanted}` is taken by another publisher; choose another with --slug")
        }
        Some(wanted) => Ok(wanted),
        None => held.cloned().map_or_else(
            || {
                free_slug(name, url, |slug| known.slugs.contains(slug))
                    .with_context(|| format!("manifest URL {shown} has no host to make a slug of"))
            },
            Ok,
        ),
    }
}

/// What becomes of a publisher of a list.
fn judge(
    known: &Known,
    publisher: &ListedPublisher,
    category: Option<Category>,
    list: Option<&FetchedText>,
) -> Result<ImportedPublisher> {
    let ListedPublisher { name, url, .. } = publisher;
    let is_of = |category: Category| {
        publisher.category.as_ref().is_some_and(|listed| listed.eq_ignore_ascii_case(category.as_str()))
    };
    let mut one = ImportedPublisher {
        outcome: ImportOutcome::Added,
        slug: known.of_url(url).cloned(),
        name: name.clone(),
        manifest_url: without_secrets(url).into(),
        category: publisher.category.clone(),
        provider: publisher.provider.clone(),
        needs: Vec::new(),
        variables: Vec::new(),
        publisher_file: None,
    };
    if one.slug.is_some() {
        return Ok(ImportedPublisher { outcome: ImportOutcome::Known, ..one });
    }
    if category.is_some_and(|category| !is_of(category)) {
        return Ok(ImportedPublisher { outcome: ImportOutcome::OtherCategory, ..one });
    }
    if list.is_some_and(|list| !list.may_name(url)) {
        return Ok(ImportedPublisher { outcome: ImportOutcome::NotPublic, ..one });
    }
    let slug = new_slug(known, url, name.as_deref(), None)?;
    one.needs = publisher_file::needs(publisher, has_credential(url));
    if !one.needs.is_empty() {
        let (file, variables) = publisher_file::beginning(publisher, &slug, has_credential(url));
        (one.outcome, one.publisher_file, one.variables) = (ImportOutcome::NeedsFile, Some(file), variables);
    }
    Ok(ImportedPublisher { slug: Some(slug), ..one })
}
