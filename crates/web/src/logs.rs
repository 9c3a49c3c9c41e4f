//! Published logs at their standard paths (C2SP tlog-tiles), and proofs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cage_proof::{BundleId, TileId};
use serde::Deserialize;

use crate::asked::{Asked, Named};
use crate::events::problem;
use crate::problem::Problem;
use crate::state::Service;
use crate::witnessed;

/// A published file of a log (C2SP tlog-tiles): its checkpoint, a tile, or a bundle of entries.
#[utoipa::path(get, path = "/log/{path}", operation_id = "read_log_file", tag = "logs",
    params(("path" = String, Path, description = "Origin and file, such as ledger.example/0151/2026/case/checkpoint.")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream"),
        (status = 404, description = "It is not published.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn file(
    State(service): State<Arc<Service>>,
    Named(path): Named<String>,
) -> Response {
    let logs = service.committer.look(cage_ledger::Ledger::logs);
    let found = logs
        .iter()
        .find_map(|log| Some((log, path.strip_prefix(&*log.origin)?.strip_prefix('/')?)));
    let Some((log, file)) = found else {
        return problem(
            StatusCode::NOT_FOUND,
            "there is no such log; GET /v1/logs lists them",
        );
    };
    // Only names that the specification knows are looked up, so that no path leads elsewhere.
    let is_tile = TileId::parse(file).is_some() || BundleId::parse(file).is_some();
    let (kind, cached) = match file {
        "checkpoint" => ("text/plain; charset=utf-8", "max-age=5"),
        _ if is_tile => ("application/octet-stream", "max-age=31536000, immutable"),
        _ => {
            return problem(
                StatusCode::NOT_FOUND,
                "a log has a checkpoint, tile/<L>/<N> and tile/entries/<N>",
            );
        }
    };
    match tokio::fs::read(log.folder.join(file)).await {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, cached),
            ];
            (headers, bytes).into_response()
        }
        Err(_) => problem(StatusCode::NOT_FOUND, "this is not published, or not yet"),
    }
}

/// Every log with its key, and the key of receipts.
#[utoipa::path(get, path = "/v1/logs", operation_id = "list_logs", tag = "logs",
    responses((status = 200, description = "The logs.", body = Object)))]
pub(crate) async fn list(State(service): State<Arc<Service>>) -> Response {
    let (logs, witnesses) = witnessed::look(&service);
    let logs: Vec<_> = logs.iter().map(witnessed::log).collect();
    let witnesses: Vec<_> = witnesses.iter().map(witnessed::witness).collect();
    let receipt = service.receipts.verifier().to_string();
    let listed =
        serde_json::json!({ "logs": logs, "receipt_vkey": receipt, "witnesses": witnesses });
    axum::Json(listed).into_response()
}

/// Says on a proof whether its checkpoint has the cosignatures that it should have.
const WITNESSED: HeaderName = HeaderName::from_static("ironcage-witnessed");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofAsked {
    log: String,
    index: u64,
}

/// The file that a citizen keeps (C2SP tlog-proof): where an entry stands, its path and the checkpoint.
#[utoipa::path(get, path = "/v1/proof", operation_id = "prove_entry", tag = "logs",
    params(("log" = String, Query, description = "The log's origin."), ("index" = u64, Query, description = "Index of the entry.")),
    responses((status = 200, description = "The proof.", body = String, content_type = "text/plain"),
        (status = 404, description = "There is no such entry under a published checkpoint yet.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn proof(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<ProofAsked>,
) -> Response {
    let ProofAsked { log, index } = asked;
    let proof = tokio::task::spawn_blocking(move || {
        service.committer.look(|ledger| {
            let witnessing = ledger.logs().into_iter().find(|one| *one.origin == *log);
            let witnessing = witnessing.and_then(|one| one.witnessing);
            let proof = ledger.proof(&log, index)?;
            Ok::<_, cage_ledger::LedgerError>(proof.map(|proof| (proof, witnessing)))
        })
    })
    .await;
    match proof {
        Ok(Ok(Some((proof, witnessing)))) => {
            let witnessed = match witnessing {
                None => "not asked for",
                Some(witnessing) if witnessing.is_enough => "yes",
                Some(_) => "not yet witnessed",
            };
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (WITNESSED, witnessed),
            ];
            (headers, proof.to_string()).into_response()
        }
        Ok(Ok(None)) => problem(
            StatusCode::NOT_FOUND,
            "there is no such entry under a published checkpoint yet",
        ),
        Ok(Err(_)) | Err(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the published files cannot be read",
        ),
    }
}
