//! Threads that pull numbered jobs, and an iterator that returns what they made in the order of the numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Error;

/// A job that so many workers failed at is not tried again.
const ATTEMPTS: u32 = 3;
/// Results that may wait for one before them, for each worker.
const AHEAD: u64 = 2;
/// How often who waits looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// One worker: does jobs until it fails.
pub(super) type Work<T> = Box<dyn FnMut(u64) -> Result<T, Error>>;

struct State<T> {
    /// The next job that nobody has had.
    next: u64,
    jobs: u64,
    /// Jobs that a worker failed at.
    returned: BTreeSet<u64>,
    failures: BTreeMap<u64, u32>,
    done: BTreeMap<u64, T>,
    /// The next job whose result is handed on.
    wanted: u64,
    workers: u64,
    error: Option<Error>,
    /// No job can be got any more.
    over: bool,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // The state is whole at every step, also where a thread panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, once it may be begun; none when there is no more to do.
    fn take(&self) -> Option<u64> {
        let mut state = self.state();
        loop {
            if state.over || self.stop.load(Ordering::Relaxed) || state.wanted == state.jobs {
                return None;
            }
            if let Some(job) = state.returned.pop_first() {
                return Some(job);
            }
            if state.next < state.jobs && state.next < state.wanted + AHEAD * state.workers.max(1) {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn work(&self, open: impl FnOnce() -> Result<Work<T>, Error>) {
        let failed = match open() {
            Ok(mut work) => self.work_on(&mut work),
            Err(error) => Some(error),
        };
        let mut state = self.state();
        state.workers -= 1;
        if let Some(error) = failed {
            let tried_enough = state.failures.values().any(|count| *count >= ATTEMPTS);
            state.over |= tried_enough || state.workers == 0 || !error.is_local();
            if !state.over {
                log::warn!("a worker is lost: {error}; {} go on", state.workers);
            }
            state.error = Some(error);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Works until there is no more to do, or returns why it cannot go on.
    fn work_on(&self, work: &mut Work<T>) -> Option<Error> {
        while let Some(job) = self.take() {
            let result = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|panic| {
                let message = panic.downcast_ref::<String>().cloned();
                let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                Err(Error::WorkerPanic { message: message.unwrap_or_default() })
            });
            let mut state = self.state();
            match result {
                Ok(made) => {
                    state.done.insert(job, made);
                    drop(state);
                    self.changed.notify_all();
                }
                Err(error) => {
                    state.returned.insert(job);
                    *state.failures.entry(job).or_default() += 1;
                    return Some(error);
                }
            }
        }
        None
    }
}

/// The results of jobs 0, 1, 2 ... in this order. Dropping it ends the workers.
pub(super) struct Ordered<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts a thread for each of `workers`. What a worker needs is opened in its own thread. They begin no job after
/// `stop` is set.
pub(super) fn start<T, W>(jobs: u64, workers: Vec<W>, stop: Arc<AtomicBool>) -> Ordered<T>
where
    T: Send + 'static,
    W: FnOnce() -> Result<Work<T>, Error> + Send + 'static,
{
    let state = State {
        next: 0,
        jobs,
        returned: BTreeSet::new(),
        failures: BTreeMap::new(),
        done: BTreeMap::new(),
        wanted: 0,
        workers: workers.len() as u64,
        error: None,
        over: workers.is_empty(),
    };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), stop });
    let spawn = |open: W| {
        let shared = shared.clone();
        std::thread::spawn(move || shared.work(open))
    };
    let threads = workers.into_iter().map(spawn).collect();
    Ordered { shared, threads }
}

impl<T> Iterator for Ordered<T> {
    type Item = Result<T, Error>;

    /// The next result, or the error that left no worker. Ends where `stop` was set.
    fn next(&mut self) -> Option<Result<T, Error>> {
        let mut state = self.shared.state();
        loop {
            let wanted = state.wanted;
            if wanted == state.jobs {
                return None;
            }
            if let Some(made) = state.done.remove(&wanted) {
                state.wanted += 1;
                drop(state);
                self.shared.changed.notify_all();
                return Some(Ok(made));
            }
            if self.shared.stop.load(Ordering::Relaxed) {
                return None;
            }
            if state.over {
                let error = state.error.take().unwrap_or(Error::NoWorkers);
                state.wanted = state.jobs;
                return Some(Err(error));
            }
            state = self.shared.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T> Drop for Ordered<T> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.state().over = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // Panics of the work are caught in it.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn lost() -> Error {
        Error::WorkerPanic { message: "lost".to_owned() }
    }

    type Open = Box<dyn FnOnce() -> Result<Work<u64>, Error> + Send>;

    fn worker(work: impl FnMut(u64) -> Result<u64, Error> + Send + 'static) -> Open {
        Box::new(move || Ok(Box::new(work) as Work<u64>))
    }

    fn run(jobs: u64, workers: Vec<Open>) -> Vec<Result<u64, Error>> {
        start(jobs, workers, Arc::default()).collect()
    }

    #[test]
    fn results_come_in_order() {
        let slow = |step: u64| {
            worker(move |job| {
                std::thread::sleep(Duration::from_micros((job * step) % 700));
                Ok(job * 3)
            })
        };
        let results = run(200, vec![slow(311), slow(97), slow(1)]);
        let expected: Vec<u64> = (0..200).map(|job| job * 3).collect();
        assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_jobs_of_lost_workers_are_done_again() {
        let fails = worker(|job| if job == 3 { Err(lost()) } else { Ok(job) });
        let panics = worker(|job| if job > 4 { panic!("gone") } else { Ok(job) });
        let never_opens: Open = Box::new(|| Err(lost()));
        let results = run(50, vec![fails, never_opens, panics, worker(Ok)]);
        assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn the_last_error_is_returned_when_nobody_is_left() {
        let results = run(10, vec![worker(|job| if job < 4 { Ok(job) } else { Err(lost()) })]);
        assert_eq!(results.len(), 5);
        assert!(results[..4].iter().all(Result::is_ok) && results[4].is_err());
    }

    #[test]
    fn a_job_that_nobody_can_do_ends_the_work() {
        let tried = Arc::new(AtomicU32::new(0));
        let workers = (0..6).map(|_| {
            let tried = tried.clone();
            worker(move |job| {
                if job == 2 {
                    tried.fetch_add(1, Ordering::Relaxed);
                    return Err(lost());
                }
                Ok(job)
            })
        });
        let results = run(100, workers.collect());
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
        assert!(results.last().unwrap().is_err());
        assert!(tried.load(Ordering::Relaxed) >= ATTEMPTS);
    }

    #[test]
    fn workers_do_not_run_far_ahead() {
        let most = Arc::new(AtomicU32::new(0));
        let seen = most.clone();
        let mut ordered = start(
            1000,
            vec![worker(move |job| {
                seen.fetch_max(job as u32, Ordering::Relaxed);
                Ok(job)
            })],
            Arc::default(),
        );
        ordered.next().unwrap().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert!(most.load(Ordering::Relaxed) <= 1 + AHEAD as u32);
    }

    #[test]
    fn stopping_ends_the_iterator() {
        let stop = Arc::new(AtomicBool::new(false));
        let mut ordered = start(1000, vec![worker(Ok)], stop.clone());
        assert_eq!(ordered.next().unwrap().unwrap(), 0);
        stop.store(true, Ordering::Relaxed);
        assert!(ordered.count() <= AHEAD as usize + 1);
    }
}
