//! Sends one batch of logits and labels as safetensors, and checks the loss and the gradients in the response against a
//! reference.
//!
//!     cargo run -- http://127.0.0.1:8080 ../iris-logits.csv

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Batch {
    /// `[samples, classes]`, row-major.
    logits: Vec<f32>,
    labels: Vec<u8>,
}

/// Returns the mean loss and its gradients, `[samples, classes]`, row-major.
fn focal_loss(agent: &ureq::Agent, url: &str, batch: &Batch) -> Result<(f64, Vec<f32>)> {
    let samples = batch.labels.len();
    let logits: Vec<u8> = batch
        .logits
        .iter()
        .flat_map(|logit| logit.to_le_bytes())
        .collect();
    let tensors = [
        (
            "logits",
            TensorView::new(
                Dtype::F32,
                vec![samples, batch.logits.len() / samples],
                &logits,
            )?,
        ),
        (
            "labels",
            TensorView::new(Dtype::U8, vec![samples], &batch.labels)?,
        ),
    ];
    // Each value is JSON, or a bare word.
    let options = [
        ("activation", "softmax"),
        ("gamma", "2"),
        ("outputs", r#"["loss", "gradients"]"#),
    ];
    let options = options.map(|(name, value)| (name.to_string(), value.to_string()));
    let body = safetensors::serialize(tensors, Some(HashMap::from(options)))?;

    let mut response = agent
        .post(format!("{url}/v1/focal-loss"))
        .header("Content-Type", "application/vnd.safetensors")
        .send(&body)?;
    let status = response.status();
    let file = response
        .body_mut()
        .with_config()
        .limit(u64::MAX)
        .read_to_vec()?;
    if status != 200 {
        // A problem document, which describes the error.
        return Err(format!("{status}: {}", String::from_utf8_lossy(&file)).into());
    }

    let (_, header) = SafeTensors::read_metadata(&file)?;
    let summary = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get("response"))
        .ok_or("expected the metadata `response`")?;
    let summary: serde_json::Value = serde_json::from_str(summary)?;
    let gradients = SafeTensors::deserialize(&file)?
        .tensor("gradients")?
        .data()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    Ok((summary["loss"].as_f64().ok_or("expected a loss")?, gradients))
}

/// The reference in `f64`, for gamma 2.
fn reference_focal_loss(batch: &Batch) -> (f64, Vec<f64>) {
    let samples = batch.labels.len() as f64;
    let mut loss = 0.0;
    let mut gradients = Vec::new();
    for (row, &label) in batch
        .logits
        .chunks(batch.logits.len() / batch.labels.len())
        .zip(&batch.labels)
    {
        let exponentials: Vec<f64> = row.iter().map(|&logit| f64::from(logit).exp()).collect();
        let total: f64 = exponentials.iter().sum();
        let p = exponentials[label as usize] / total;
        let q = 1.0 - p;
        loss -= q * q * p.ln() / samples;
        let factor = q * (2.0 * p * p.ln() - q) / samples;
        for (class, exponential) in exponentials.iter().enumerate() {
            let target = if class == label as usize { 1.0 } else { 0.0 };
            gradients.push(factor * (target - exponential / total));
        }
    }
    (loss, gradients)
}

fn read_batch(path: &str) -> Result<Batch> {
    let mut batch = Batch {
        logits: Vec::new(),
        labels: Vec::new(),
    };
    for line in std::fs::read_to_string(path)?.lines().skip(1) {
        let (logits, label) = line.rsplit_once(',').ok_or("expected logits and a label")?;
        for logit in logits.split(',') {
            batch.logits.push(logit.parse()?);
        }
        batch.labels.push(label.parse()?);
    }
    Ok(batch)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, path] = arguments.as_slice() else {
        return Err("usage: cargo run -- URL CSV".into());
    };
    let batch = read_batch(path)?;
    // An agent reuses its connections, so that one should send all batches.
    let settings = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(65)))
        .http_status_as_error(false);
    let (loss, gradients) = focal_loss(&settings.build().into(), url, &batch)?;

    let (expected, expected_gradients) = reference_focal_loss(&batch);
    let differences = gradients
        .iter()
        .zip(&expected_gradients)
        .map(|(&actual, expected)| (f64::from(actual) - expected).abs());
    let max_difference = differences.fold(0.0, f64::max);
    let samples = batch.labels.len();
    println!(
        "{samples} samples, loss {loss:.9}, reference {expected:.9}, largest gradient difference {max_difference:.1e}"
    );
    if gradients.len() != expected_gradients.len()
        || (loss / expected - 1.0).abs() > 1e-6
        || max_difference > 1e-8
    {
        return Err("expected the loss and the gradients of the reference".into());
    }
    Ok(())
}
