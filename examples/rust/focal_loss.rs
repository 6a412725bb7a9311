//! Sends one batch of logits and labels as JSON, and again as safetensors, and checks the loss and the gradients in both
//! responses against a reference.
//!
//!     cargo run -- http://127.0.0.1:8080 ../iris-logits.csv
//!
//! For JSON, `evaluate_json` and `post` are all that a program needs, with the crates `serde_json` and `ureq`.

use std::collections::HashMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{json, Value};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Batch {
    /// `[samples, classes]`, row-major.
    logits: Vec<f32>,
    /// Class indices from 0, `[samples]`.
    labels: Vec<u8>,
}

impl Batch {
    fn classes(&self) -> usize {
        self.logits.len() / self.labels.len()
    }
}

struct FocalLoss {
    /// The mean.
    loss: f64,
    /// `[samples, classes]`, row-major.
    gradients: Vec<f32>,
}

/// Sends the batch as JSON.
fn evaluate_json(agent: &ureq::Agent, url: &str, batch: &Batch) -> Result<FocalLoss> {
    let rows: Vec<&[f32]> = batch.logits.chunks(batch.classes()).collect();
    let request = json!({
        "logits": rows,
        "labels": batch.labels,
        "activation": "softmax",
        "gamma": 2,
        "outputs": ["loss", "gradients"],
    });
    let text = post(
        agent,
        url,
        "application/json",
        request.to_string().as_bytes(),
    )?;
    let mut result: Value = serde_json::from_slice(&text)?;
    let gradients: Vec<Vec<f32>> = serde_json::from_value(result["gradients"].take())?;
    Ok(FocalLoss {
        loss: result["loss"].as_f64().ok_or("expected a loss")?,
        gradients: gradients.concat(),
    })
}

/// Posts a body, and returns that of the response. The error of a rejected request says what is wrong in it.
fn post(agent: &ureq::Agent, url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>> {
    let mut response = agent
        .post(format!("{url}/v1/focal-loss"))
        .header("Content-Type", content_type)
        .send(body)
        .map_err(|error| format!("{url}: {error}"))?;
    let status = response.status();
    let content = response
        .body_mut()
        .with_config()
        .limit(u64::MAX)
        .read_to_vec()?;
    if status == 200 {
        return Ok(content);
    }
    // A problem document, unless a proxy responded.
    let problem: Value = serde_json::from_slice(&content).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    Err(format!("{status}: {}", problem["detail"].as_str().unwrap_or(&text)).into())
}

/// Sends the batch as a safetensors file, which is smaller and faster to read than JSON.
fn evaluate_binary(agent: &ureq::Agent, url: &str, batch: &Batch) -> Result<FocalLoss> {
    let samples = batch.labels.len();
    let logits: Vec<u8> = batch
        .logits
        .iter()
        .flat_map(|logit| logit.to_le_bytes())
        .collect();
    let logits = TensorView::new(Dtype::F32, vec![samples, batch.classes()], &logits)?;
    let labels = TensorView::new(Dtype::U8, vec![samples], &batch.labels)?;
    // Each value is JSON, or a bare word.
    let options = [
        ("activation", "softmax"),
        ("gamma", "2"),
        ("outputs", r#"["loss", "gradients"]"#),
    ];
    let options = options.map(|(name, value)| (name.to_string(), value.to_string()));
    let tensors = [("logits", logits), ("labels", labels)];
    let body = safetensors::serialize(tensors, Some(HashMap::from(options)))?;

    let file = post(agent, url, "application/vnd.safetensors", &body)?;

    let (_, header) = SafeTensors::read_metadata(&file)?;
    let response = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get("response"))
        .ok_or("expected the metadata `response`")?;
    let response: Value = serde_json::from_str(response)?;
    let gradients = SafeTensors::deserialize(&file)?
        .tensor("gradients")?
        .data()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    Ok(FocalLoss {
        loss: response["loss"].as_f64().ok_or("expected a loss")?,
        gradients,
    })
}

/// The reference in `f64`, for gamma 2.
fn reference_focal_loss(batch: &Batch) -> (f64, Vec<f64>) {
    let samples = batch.labels.len() as f64;
    let mut loss = 0.0;
    let mut gradients = Vec::new();
    for (row, &label) in batch.logits.chunks(batch.classes()).zip(&batch.labels) {
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

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, path] = arguments.as_slice() else {
        return Err("usage: cargo run -- URL CSV".into());
    };
    let batch = read_batch(path)?;
    // An agent reuses its connections, so that one should send all batches.
    let settings = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(65)))
        .http_status_as_error(false);
    let agent = settings.build().into();
    let result = evaluate_json(&agent, url, &batch)?;
    let binary = evaluate_binary(&agent, url, &batch)?;
    if binary.loss != result.loss || binary.gradients != result.gradients {
        return Err("expected the same numbers from both formats".into());
    }

    let (expected, expected_gradients) = reference_focal_loss(&batch);
    let FocalLoss { loss, gradients } = result;
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
