//! `ironcage erase`: carries out an order of erasure, through a running service or on the folder of a stopped one.

use std::path::{Path, PathBuf};

use cage_ledger::{Appended, Ledger, LedgerOptions, milliseconds_now};
use cage_runner::{Bearings, Derived, Order, OrderError, OrderedObject, Planned, Runner};
use cage_store::Query;
use cage_web::forget_rejects;
use clap::Args;
use serde_json::{Value, json};
use std::sync::Arc;

use super::agent::agent;
use super::failure::{Failure, Status};
use super::output::{Voice, print};
use super::station::{OFFSET_MINUTES, catch_up, forget_what_was_erased, open_views, owner};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage erase case:C1 --order 2026-17 --basis 'PIPL art. 47' --reason 'kept long enough' \\
    --ordered-by 'Li Na' --approved-by 'Wang Wei'
  ironcage erase case:C1 --data ledger --order 2026-17 ...      # no service runs on the folder";

/// `ironcage erase`.
#[derive(Debug, Args)]
pub(crate) struct EraseOptions {
    /// What is to be erased: every event that names this object first, as TYPE:ID.
    #[arg(value_name = "TYPE:ID")]
    object: String,
    /// The order's number on paper; the same number again is the same order.
    #[arg(long, value_name = "NUMBER")]
    order: String,
    /// The legal basis.
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// Why; without the id of what is erased, as the order stays.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who orders it.
    #[arg(long, value_name = "NAME")]
    ordered_by: String,
    /// Who approves it: another person.
    #[arg(long, value_name = "NAME")]
    approved_by: String,
    /// The day of the order, as YYYY-MM-DD; today when not given.
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// The ledger's folder; no service may run on it. Without it the running service is asked.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where the service listens.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8480",
        conflicts_with = "data"
    )]
    url: String,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &EraseOptions, voice: &Voice) -> Result<Status, Failure> {
    let order = order(options, voice)?;
    order.check().map_err(Failure::usage)?;
    let answer = match &options.data {
        Some(data) => on_folder(data, &order)?,
        None => through_service(&options.url, &order)?,
    };
    print(&if options.json {
        format!("{answer:#}\n")
    } else {
        as_text(&answer, voice)
    })?;
    Ok(Status::Clean)
}

fn order(options: &EraseOptions, voice: &Voice) -> Result<Order, Failure> {
    let (kind, id) = options.object.split_once(':').ok_or_else(|| {
        Failure::usage(voice.choose(
            "请以“类型:编号”写明对象，例如 case:C1",
            "name the object as TYPE:ID, for example case:C1",
        ))
    })?;
    let today = || jiff::Timestamp::now().strftime("%F").to_string();
    Ok(Order {
        order: options.order.clone(),
        object: OrderedObject {
            kind: kind.to_owned(),
            id: id.to_owned(),
        },
        basis: options.basis.clone(),
        reason: options.reason.clone(),
        ordered_by: options.ordered_by.clone(),
        approved_by: options.approved_by.clone(),
        date: options.date.clone().unwrap_or_else(today),
    })
}

/// Asks a running service.
fn through_service(url: &str, order: &Order) -> Result<Value, Failure> {
    let base = url.trim_end_matches('/');
    let failed = |error: String| Failure::unreadable(format!("{base}: {error}"));
    let answered = agent()
        .post(format!("{base}/v1/erasures"))
        .header("content-type", "application/json")
        .send(json!(order).to_string());
    let mut response = answered.map_err(|error| failed(error.to_string()))?;
    let text = response.body_mut().read_to_string();
    let text = text.map_err(|error| failed(error.to_string()))?;
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    if !response.status().is_success() {
        let detail = answer["detail"].as_str().unwrap_or(&text);
        return Err(failed(format!("{}: {detail}", response.status())));
    }
    Ok(answer)
}

/// Carries it out where no service runs.
fn on_folder(data: &Path, order: &Order) -> Result<Value, Failure> {
    if !data.join("ledger.json").exists() {
        let why = format!("{}: there is no ledger here", data.display());
        return Err(Failure::unreadable(why));
    }
    // The names are the folder's own; these are not looked at.
    let options = LedgerOptions::new(data.to_owned(), "ledger.invalid", "local");
    let mut ledger = Ledger::open(options).map_err(Failure::unreadable)?;
    forget_what_was_erased(&ledger)?;
    let (record, erased) = {
        let query = folded(&ledger)?;
        let unit = ledger.units().find(&order.object.label());
        let unit = unit.map_err(Failure::unreadable)?;
        let now = milliseconds_now();
        let bearings = Bearings {
            data,
            source: &ledger,
            query: &*query,
            owner: owner(ledger.place(), ledger.records()),
        };
        let planned = order.plan(unit, &bearings, now);
        match planned.map_err(refused)? {
            Planned::Known(record) => (record, None),
            Planned::Drafts(drafts, entries) => {
                forget_rejects(data, &order.object.id).map_err(Failure::unreadable)?;
                let turned = ledger.turn_year(now, &mut Vec::new());
                turned.map_err(Failure::unreadable)?;
                let mut kept = ledger.append(&drafts, now).map_err(Failure::unreadable)?;
                match kept.pop() {
                    Some(Appended::New(entry) | Appended::Known(entry)) => {
                        (entry.record, Some(entries))
                    }
                    Some(Appended::Refused(why)) => return Err(Failure::unreadable(why)),
                    None => return Err(Failure::unreadable("the order was not kept")),
                }
            }
        }
    };
    ledger.publish().map_err(Failure::unreadable)?;
    forget_what_was_erased(&ledger)?;
    let named = folded(&ledger)?.object(&order.object.key());
    let named = named.map_err(Failure::unreadable)?;
    let forgotten = Derived::of(data).knows(ledger.units().destroyed());
    Ok(json!({
        "record": record, "order": order.order, "status": if erased.is_some() { "erased" } else { "known" },
        "entries_erased": erased, "forgotten": forgotten,
        "still_named_by": named.map_or(0, |row| row.events),
    }))
}

/// The views of a ledger with every record in them.
fn folded(ledger: &Ledger) -> Result<Arc<dyn Query>, Failure> {
    let views = open_views(ledger)?;
    let query = views.query();
    let resumed = Runner::resume(ledger.place().folder(), ledger, views, OFFSET_MINUTES);
    let mut runner = resumed.map_err(Failure::unreadable)?;
    catch_up(&mut runner, ledger)?;
    Ok(query)
}

fn refused(error: OrderError) -> Failure {
    match error {
        OrderError::Ledger(_) | OrderError::Store(_) | OrderError::Trial(_) => {
            Failure::unreadable(error)
        }
        OrderError::Fault(_)
        | OrderError::Nothing
        | OrderError::Held(_)
        | OrderError::Number { .. } => Failure::usage(error),
    }
}

fn as_text(answer: &Value, voice: &Voice) -> String {
    let record = &answer["record"];
    let mut text = match answer["entries_erased"].as_u64() {
        Some(entries) => voice
            .choose(
                &format!("第 {record} 号令已执行：销毁 {entries} 条记录的正文\n"),
                &format!("erased by order {record}: the bodies of {entries} entries\n"),
            )
            .to_owned(),
        None => voice
            .choose(
                &format!("此前已由第 {record} 号令执行\n"),
                &format!("it was carried out before, by order {record}\n"),
            )
            .to_owned(),
    };
    if answer["forgotten"] != true {
        text += voice.choose(
            "派生数据正在重建\n",
            "what was derived is still being made anew\n",
        );
    }
    let named = answer["still_named_by"].as_u64().unwrap_or(0);
    if named > 0 {
        text += voice.choose(
            &format!("仍有 {named} 条属于其他对象的记录提到它，须另行下令\n"),
            &format!(
                "{named} events of other objects name it still; they need orders of their own\n"
            ),
        );
    }
    text
}
