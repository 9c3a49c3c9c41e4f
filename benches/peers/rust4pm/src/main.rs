//! Loads a XES file with the `process_mining` crate: whole log, or streaming with a count.

use process_mining::core::event_data::case_centric::xes::{
    XESImportOptions, import_xes_path, stream_xes_from_path,
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (job, path) = (arguments.next().expect("job"), arguments.next().expect("path"));
    match job.as_str() {
        "load" => {
            let log = import_xes_path(&path, XESImportOptions::default()).expect("readable");
            let events: usize = log.traces.iter().map(|trace| trace.events.len()).sum();
            println!("{events}");
        }
        "stream" => {
            let (mut stream, _) = stream_xes_from_path(&path, XESImportOptions::default()).expect("readable");
            println!("{}", stream.map(|trace| trace.events.len()).sum::<usize>());
        }
        _ => panic!("unknown job"),
    }
}
