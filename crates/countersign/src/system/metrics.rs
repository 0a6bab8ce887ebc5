//! Measurements, collected in the process and rendered for Prometheus.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusBuilder;
use web::state::MetricsText;

/// Where times are counted, in seconds: from what is quick to what is given up.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// Starts collecting, and returns what renders.
pub(crate) fn start() -> anyhow::Result<MetricsText> {
    let recorder = PrometheusBuilder::new().set_buckets(&SECONDS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| anyhow::anyhow!("measurements are collected already"))?;
    let engine = runtime::meters::Meter::ALL.iter().map(|(meter, what)| (meter.name(), *what));
    let pages = web::meters::Meter::ALL.iter().map(|(meter, what)| (meter.name(), *what));
    for (name, what) in engine.chain(pages) {
        describe(name, what);
    }
    Ok(Arc::new(move || {
        handle.run_upkeep();
        handle.render()
    }))
}

fn describe(name: &'static str, what: &'static str) {
    if name.ends_with("_total") {
        metrics::describe_counter!(name, what);
    } else if name.ends_with("_seconds") {
        metrics::describe_histogram!(name, metrics::Unit::Seconds, what);
    } else {
        metrics::describe_gauge!(name, what);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_measurement_stands_in_the_operating_manual() {
        let manual = include_str!("../../../../docs/operating.md");
        let engine = runtime::meters::Meter::ALL.iter().map(|(meter, _)| meter.name());
        let pages = web::meters::Meter::ALL.iter().map(|(meter, _)| meter.name());
        for name in engine.chain(pages) {
            assert!(manual.contains(&format!("`{name}`")), "docs/operating.md: no {name}");
        }
    }
}
