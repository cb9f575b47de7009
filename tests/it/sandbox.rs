//! The sandbox against scripts that want too much: each must end as an error, and the next one be served.
//!
//! Real worker processes, the program itself; nothing is played.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and explains itself"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use posemo::evaluate::script::ScriptError;
use posemo::finding::{Finding, State};
use posemo::rows::{Document, Rows, Value};
use posemo::sandbox::{ALLOWED, SandboxError, Worker};

/// What a slow machine may add to the time that a script is allowed, process start included.
const MARGIN: Duration = Duration::from_secs(2);

/// What a worker may take, all in all.
const MOST_KIB: u64 = 300 * 1024;

const ORDINARY: &str = "def check_context(docs, context):\n  \
    return [{\"summary\": \"lag {}\".format(row[\"lag\"]), \"severity\": \"warning\", \
    \"labels\": {\"object\": row[\"name\"]}} for row in docs[0] if row[\"lag\"] > 60]\n";

/// The program under a name of its own, by which a test finds its own workers among all processes.
struct Program {
    _folder: tempfile::TempDir,
    path: PathBuf,
    name: &'static str,
}

impl Program {
    fn named(name: &'static str) -> Program {
        assert!(name.len() < 16, "the kernel cuts names");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_posemo"), &path).unwrap();
        Program { _folder: folder, path, name }
    }

    fn start(&self) -> Worker {
        Worker::start(&self.path).expect("the program starts")
    }
}

fn rows(count: i64) -> Vec<Document> {
    let columns = vec!["name".to_owned(), "lag".to_owned()];
    let row = |number: i64| vec![Value::Text(format!("standby{number}")), Value::Int(60 + number)];
    vec![Document::Rows(Rows { columns, rows: (0..count).map(row).collect() })]
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

async fn ordinary(worker: &mut Worker) {
    let findings = worker.judge("ordinary", ORDINARY, &rows(2), Duration::from_secs(10)).await;
    let mut expected = Finding::new(State::Warning, "lag 61").about(Some("standby1".to_owned()));
    expected.labels.insert("object".to_owned(), "standby1".to_owned());
    assert_eq!(findings.expect("an ordinary script is served"), [expected]);
}

/// Each body is what `check_context` does; each must fail in time, and leave a sandbox that serves.
fn each_fails_in_time(name: &'static str, bodies: &[&str]) {
    let program = Program::named(name);
    block_on(async {
        let mut worker = program.start();
        let mut highest = 0;
        for body in bodies {
            let source =
                format!("def check_context(docs, context):\n  {}\n", body.replace('\n', "\n  "));
            let peak = watch_memory(name);
            let begun = Instant::now();
            let judged = worker.judge("attack", &source, &rows(3), ALLOWED).await;
            let taken = begun.elapsed();
            let peak = peak.stop();
            let error = judged.expect_err(body);
            println!("{taken:>12.1?} {peak:>7} KiB  {body:.80?}: {error:.200}");
            assert!(taken < ALLOWED + MARGIN, "{body}: {taken:?}");
            assert!(peak < MOST_KIB, "{body}: {peak} KiB");
            highest = highest.max(peak);
            assert!(error.to_string().starts_with("attack"), "{body}: {error}");
            ordinary(&mut worker).await;
        }
        assert!(highest > 1024, "the workers were never seen: {highest} KiB");
    });
}

/// The highest resident memory of a test's workers, sampled from outside.
struct MemoryWatch {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: std::thread::JoinHandle<u64>,
}

fn watch_memory(name: &'static str) -> MemoryWatch {
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        let mut peak = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            peak =
                workers(name).into_iter().filter_map(|worker| worker.peak_kib).fold(peak, u64::max);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    MemoryWatch { stop, thread }
}

impl MemoryWatch {
    fn stop(self) -> u64 {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

struct Child {
    pid: String,
    zombie: bool,
    peak_kib: Option<u64>,
}

/// The children of this test program that run, or ran, the program under that name.
fn workers(name: &str) -> Vec<Child> {
    let parent = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let statuses = processes.filter_map(|entry| {
        let pid = entry.file_name().into_string().ok()?;
        pid.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        Some((pid, std::fs::read_to_string(entry.path().join("status")).ok()?))
    });
    let children = statuses.filter_map(|(pid, status)| {
        let field = |name: &str| {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        (field("PPid")? == parent && field("Name")? == name).then(|| Child {
            pid,
            zombie: field("State").is_some_and(|state| state == "Z"),
            peak_kib: field("VmHWM").and_then(|kib| kib.parse().ok()),
        })
    });
    children.collect()
}

#[test]
fn loops_that_do_not_end() {
    each_fails_in_time(
        "psm-loops",
        &[
            "for a in range(2000000000):\n  for b in range(2000000000):\n    pass\nreturn []",
            "n = 0\nfor a in range(2000000000):\n  n += a\nreturn []",
            "return [a for a in range(2000000000) for b in range(2000000000) if False]",
            "max(range(2000000000))\nreturn []",
            "sorted(range(2000000000))\nreturn []",
            "any([False for a in range(2000000000)])\nreturn []",
            "x = list(range(2000000))\nfor a in x:\n  x.index(1999999)\nreturn []",
            "return check_context(docs, context)",
            "f = lambda g: g(g)\nreturn f(f)",
        ],
    );
}

#[test]
fn values_that_do_not_fit() {
    each_fails_in_time(
        "psm-values",
        &[
            "x = 'x' * 10000000000\nreturn []",
            "x = 'x' * 1000000000\nreturn []",
            "s = 'x'\nfor i in range(40):\n  s = s + s\nreturn []",
            "l = [0]\nfor i in range(40):\n  l = l + l\nreturn []",
            "l = [0]\nfor i in range(40):\n  l.extend(l[:])\nreturn []",
            "x = [0] * 2000000000\nreturn []",
            "x = (0,) * 2000000000\nreturn []",
            "x = list(range(2000000000))\nreturn []",
            "x = 'ab'.join(['x' * 100000] * 1000000)\nreturn []",
            "x = ('a' * 100000).replace('a', 'b' * 100000)\nreturn []",
            "x = ('{}' * 100000).format(*(['y' * 100000] * 100000))\nreturn []",
            "x = ('%s' * 10000) % tuple(['y' * 1000000] * 10000)\nreturn []",
            "x = 3\nfor i in range(60):\n  x = x * x\nreturn []",
            "x = 1 << 1000000000000\nreturn []",
            "x = 1 << 2000000000\nreturn [str(x)]",
            "d = {}\nfor i in range(100000000):\n  d[i] = i\nreturn []",
            "d = {i: [i] for i in range(100000000)}\nreturn []",
            "x = set(range(2000000000))\nreturn []",
            "x = []\nx.append(x)\nreturn x",
            "x = 'a,' * 50000000\nreturn x.split(',')",
        ],
    );
}

#[test]
fn answers_that_are_too_much() {
    each_fails_in_time(
        "psm-answers",
        &[
            "return [{'summary': 's', 'severity': 'info'} for i in range(1000000)]",
            "return [{'summary': 's', 'severity': 'info', 'description': 'x' * 100000000}]",
            "x = []\nfor i in range(500):\n  x = [x]\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "x = []\nfor i in range(500):\n  x = [x]\nreturn x",
            "x = []\nfor i in range(100000):\n  x = [x]\nreturn [{'summary': str(x), 'severity': 'info'}]",
            "x = []\nfor i in range(100000):\n  x = [x]\nreturn [{'summary': 's', 'severity': 'info'}] if x == [x] else None",
            "x = []\nfor i in range(30):\n  x = [x, x]\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "x = []\nfor i in range(40):\n  x = [x, x]\nreturn [{'summary': str(x), 'severity': 'info'}]",
            "x = {}\nx['x'] = x\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "fail('x' * 300000)",
            "return 'x' * 300000",
            "return [{'summary': 's', 'severity': 'x' * 300000}]",
            "return [{'summary': 's', 'severity': 'info', 'labels': {str(i): 'x' for i in range(90000)}}]",
            "x = '{' * 1000000\nreturn x.format()",
            "for i in range(3000):\n  print('x' * 1000)\nreturn None",
        ],
    );
}

#[test]
fn sources_that_nest_too_deep() {
    let repeated = |part: &str, count: usize| part.repeat(count);
    let chain = vec!["1"; 5000].join("+");
    let bodies = [
        format!("return {chain}"),
        format!("return {}", chain.replace('+', "\\\n+")),
        format!("return {}True", repeated("not ", 10_000)),
        format!("return {}{}", repeated("[", 2900), repeated("]", 2900)),
        format!("return {}", repeated("[\n", 10_000)),
        format!("return {}1", repeated("lambda: ", 8000)),
        format!("return {}1", repeated("1 if x else ", 5000)),
        format!("return f\"{{{chain}}}\""),
        format!("x = \"{}", repeated("a", 70_000)),
        format!("x = {}", repeated("9", 8000)),
    ];
    each_fails_in_time("psm-sources", &bodies.each_ref().map(String::as_str));
}

#[test]
fn a_worker_that_is_not_one_is_an_error() {
    block_on(async {
        let missing = Worker::start(Path::new("/nonexistent/posemo"));
        assert!(matches!(missing, Err(SandboxError::Start { .. })), "{missing:?}");
        for (other, garbled) in [("/bin/true", false), ("/bin/cat", true), ("/usr/bin/yes", true)] {
            let mut worker = Worker::start(Path::new(other)).expect("it exists");
            for _ in 0..2 {
                let judged = worker.judge("other", ORDINARY, &rows(2), ALLOWED).await;
                let error = judged.expect_err("it does not judge");
                let expected = matches!(
                    (&error, garbled),
                    (SandboxError::Died { .. }, _) | (SandboxError::Garbled { .. }, true)
                );
                assert!(expected, "{other}: {error}");
            }
        }
    });
}

/// A worker that answers these bytes to anything, in the notation of `printf`.
fn impostor(bytes: &str) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("impostor");
    let script = format!(
        "#!/bin/sh\n{{ env; pwd; }} > $0.seen\nprintf '{bytes}'\nexec 3>&1\nexec cat > /dev/null\n"
    );
    let mut file =
        std::fs::OpenOptions::new().create_new(true).write(true).mode(0o700).open(&path).unwrap();
    std::io::Write::write_all(&mut file, script.as_bytes()).unwrap();
    (folder, path)
}

#[test]
fn no_byte_of_a_worker_is_trusted() {
    let allowed = Duration::from_secs(1);
    let ask = |bytes: &str| {
        let (_folder, path) = impostor(bytes);
        block_on(async {
            let mut worker = Worker::start(&path).expect("the shell starts");
            worker.judge("hostile", ORDINARY, &rows(2), allowed).await
        })
    };
    // A well-formed answer first, so that the others are known to fail for their one fault.
    let findings = ask(r"\011\0\0\0\000\001\004\001s\000\000\000\000").expect("it is well-formed");
    assert_eq!(findings, [Finding::new(State::Warning, "s")]);
    let garbled = [
        ("a ninth severity", r"\011\0\0\0\000\001\011\001s\000\000\000\000"),
        ("a byte too many", r"\012\0\0\0\000\001\004\001s\000\000\000\000\000"),
        ("a byte too few", r"\010\0\0\0\000\001\004\001s\000\000\000"),
        ("an unknown reply", r"\001\0\0\0\077"),
        ("nothing", r"\0\0\0\0"),
        ("text that is not UTF-8", r"\011\0\0\0\000\001\004\001\377\000\000\000\000"),
        ("four billion findings", r"\006\0\0\0\000\377\377\377\377\017"),
        ("a frame of four gigabytes", r"\377\377\377\377"),
    ];
    for (fault, bytes) in garbled {
        let judged = ask(bytes);
        assert!(matches!(judged, Err(SandboxError::Garbled { .. })), "{fault}: {judged:?}");
    }
    let judged = ask(r"\011\0\0\0\000");
    assert!(matches!(judged, Err(SandboxError::Overran { .. })), "half a frame: {judged:?}");
}

#[test]
fn a_worker_inherits_nothing() {
    let (_folder, path) = impostor("");
    block_on(async {
        let mut worker = Worker::start(&path).expect("the shell starts");
        let judged = worker.judge("env", ORDINARY, &[], Duration::from_secs(1)).await;
        assert!(matches!(judged, Err(SandboxError::Overran { .. })), "{judged:?}");
    });
    let seen = std::fs::read_to_string(path.with_extension("seen")).unwrap();
    let (folder, variables) =
        seen.lines().collect::<Vec<_>>().split_last().map(|(l, v)| (*l, v.to_vec())).unwrap();
    assert_eq!(folder, "/");
    // What the shell itself sets does not count.
    let own = |line: &&str| {
        !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name))
    };
    assert_eq!(variables.into_iter().filter(own).collect::<Vec<_>>(), ["MALLOC_ARENA_MAX=1"]);
}

#[test]
fn a_script_s_own_failure_does_not_cost_the_worker() {
    let program = Program::named("psm-own");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let first = running(program.name);
        let source = "def check_context(docs, context):\n  return docs[9]\n";
        let error =
            worker.judge("small", source, &rows(1), ALLOWED).await.expect_err("out of range");
        assert!(matches!(error, SandboxError::Script(ScriptError::Failed { .. })), "{error}");
        assert!(error.to_string().starts_with("small/evaluate.star:2:10: "), "{error}");
        assert!(error.details().is_some_and(|details| details.contains("docs[9]")), "{error:?}");
        ordinary(&mut worker).await;
        assert_eq!(running(program.name), first);
    });
}

#[test]
fn a_worker_killed_while_idle_is_replaced_unnoticed() {
    let program = Program::named("psm-idle");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let first = running(program.name);
        assert_eq!(first.len(), 1);
        kill(&first[0]);
        while !running(program.name).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ordinary(&mut worker).await;
        assert_ne!(running(program.name), first);
    });
}

#[test]
fn a_worker_killed_at_work_is_an_error() {
    let program = Program::named("psm-work");
    block_on(async {
        let mut worker = program.start();
        let source = "def check_context(docs, context):\n  max(range(2000000000))\n";
        let (judged, ()) = tokio::join!(worker.judge("busy", source, &[], ALLOWED), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            for pid in running(program.name) {
                kill(&pid);
            }
        });
        let error = judged.expect_err("it was killed");
        assert!(error.to_string().contains("killed from outside"), "{error}");
        ordinary(&mut worker).await;
    });
}

#[test]
fn a_request_given_up_does_not_answer_the_next_one() {
    let program = Program::named("psm-given-up");
    block_on(async {
        let mut worker = program.start();
        let source = "def check_context(docs, context):\n  \
            [i for i in range(300000)]\n  return [{\"summary\": \"late\", \"severity\": \"info\"}]\n";
        for milliseconds in [1, 5, 20] {
            let judged = worker.judge("late", source, &[], ALLOWED);
            let given_up = tokio::time::timeout(Duration::from_millis(milliseconds), judged).await;
            drop(given_up);
            ordinary(&mut worker).await;
        }
    });
}

#[test]
fn nothing_is_left_behind() {
    let program = Program::named("psm-left");
    block_on(async {
        let mut idle = program.start();
        ordinary(&mut idle).await;
        let mut killed = program.start();
        let source = "def check_context(docs, context):\n  max(range(2000000000))\n";
        let judged = killed.judge("killed", source, &[], Duration::from_millis(200)).await;
        assert!(matches!(judged, Err(SandboxError::Overran { .. })), "{judged:?}");
        let unused = program.start();
        drop((idle, killed, unused));
        assert_eq!(workers(program.name).len(), 0);
    });
}

#[test]
fn a_worker_is_bound_before_it_judges() {
    let program = Program::named("psm-bound");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let pid = &running(program.name)[0];
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        for (name, most) in [
            ("Max address space", MOST_KIB * 1024),
            ("Max cpu time", 60),
            ("Max file size", 0),
            ("Max core file size", 0),
            ("Max processes", 0),
            ("Max open files", 0),
        ] {
            let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            let soft: u64 = line.split_whitespace().next().unwrap().parse().expect(line);
            assert!(soft <= most, "{name}: {line}");
        }
    });
}

#[test]
fn thousands_of_rows_are_ordinary() {
    let program = Program::named("psm-rows");
    block_on(async {
        let mut worker = program.start();
        for count in [1000, 10_000] {
            let judged =
                worker.judge("rows", ORDINARY, &rows(count), Duration::from_secs(10)).await;
            assert_eq!(judged.expect("it is allowed").len(), usize::try_from(count - 1).unwrap());
        }
        let text = "x".repeat(17 * 1024 * 1024);
        let columns = vec!["text".to_owned()];
        let rows = Rows { columns, rows: vec![vec![Value::Text(text)]] };
        let judged = worker.judge("large", ORDINARY, &[Document::Rows(rows)], ALLOWED).await;
        assert!(matches!(judged, Err(SandboxError::TooMuch { .. })), "{judged:?}");
        ordinary(&mut worker).await;
    });
}

/// The process ids of the workers that are not dead.
fn running(name: &str) -> Vec<String> {
    workers(name).into_iter().filter(|worker| !worker.zombie).map(|worker| worker.pid).collect()
}

fn kill(pid: &str) {
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
