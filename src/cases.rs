//! The cases of checks: offline cases (rows and expected findings) and scenarios on temporary servers.

pub mod blessed_text;
mod blessing;
pub mod case_file;
pub mod collection;
pub mod coverage;
pub mod demo;
pub mod expected;
mod given;
pub mod judging;
pub mod notation;
pub mod offline;
pub mod printer;
pub mod result;
mod result_list;
pub mod scenario;
pub mod script_input;
pub mod script_run;
pub mod servers;
pub mod shared_stage;
pub mod stage;
pub mod test_run;
