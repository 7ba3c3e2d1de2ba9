//! What is compiled while slices run.

use crate::gpu::{self, Gpu, Options, Pipeline};
use crate::machine::{Error, pass};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wgpu::{BufferUsages, DeviceType};

/// Something that is made on a thread of its own. To drop it is to wait for that: a driver's compiler does not bear that the
/// process ends around it.
pub struct Background<T> {
    work: Option<JoinHandle<Result<T, Error>>>,
}

impl<T> Default for Background<T> {
    fn default() -> Self {
        Background { work: None }
    }
}

impl<T: Send + 'static> Background<T> {
    /// Begins to make it; `stack` are bytes of the thread's, if it needs many.
    pub fn begin(
        &mut self,
        name: &str,
        stack: Option<usize>,
        make: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let mut thread = thread::Builder::new().name(name.to_owned());
        if let Some(stack) = stack {
            thread = thread.stack_size(stack);
        }
        self.work = Some(thread.spawn(make).map_err(|error| failed(&error.to_string()))?);
        Ok(())
    }

    /// Whether it was begun, and nobody has taken it.
    pub fn is_begun(&self) -> bool {
        self.work.is_some()
    }

    /// Whether it is being made.
    pub fn is_running(&self) -> bool {
        self.work.as_ref().is_some_and(|work| !work.is_finished())
    }

    /// What was made, once it is.
    pub fn take(&mut self) -> Option<Result<T, Error>> {
        let work = self.work.take_if(|work| work.is_finished())?;
        Some(work.join().unwrap_or_else(|_| Err(failed("its thread panicked"))))
    }

    /// Nobody waits for it any more; the thread goes on by itself.
    pub fn abandon(&mut self) {
        drop(self.work.take());
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            // What became of it is nobody's concern any more.
            let _ = work.join();
        }
    }
}

/// How long something runs before what makes it faster is compiled: what was asked for, or else by the adapter. Where the
/// driver compiles for the cores that run the lanes, it takes them long.
pub fn patience(gpu: &Gpu, asked: Option<Duration>, on_gpu: Duration, on_cpu: Duration) -> Duration {
    asked.unwrap_or(if gpu.info().device_type == DeviceType::Cpu { on_cpu } else { on_gpu })
}

/// Lets a software adapter's driver compile a pipeline, which it does at the first dispatch only, and all slices would wait
/// behind that: so on a device of its own. The driver keeps what it compiled on disk.
pub fn warm_up(gpu: &Gpu, shader: &gpu::Shader, checked: bool) -> Result<(), Error> {
    let other = Gpu::open(&Options {
        adapter: Some(gpu.info().name.clone()),
        buffers: Some(gpu.storage_buffers()),
        ..Options::default()
    })?;
    run_on_nothing(&other, &other.pipeline(shader, checked)?)
}

/// One dispatch over buffers of zeros: no lanes.
pub fn run_on_nothing(gpu: &Gpu, pipeline: &Pipeline) -> Result<(), Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::UNIFORM;
    let buffer = |_| gpu.buffer("nothing", 4096, usage);
    let buffers = pipeline.bindings().iter().map(buffer).collect::<Result<Vec<_>, _>>()?;
    let bound = pipeline.bindings().iter().zip(&buffers);
    let bound: Vec<_> = bound.map(|(binding, buffer)| (binding.name.as_str(), buffer)).collect();
    pass::dispatch(gpu, &pipeline.bind(gpu, &bound)?, 1)?;
    Ok(gpu.wait()?)
}

pub fn failed(message: &str) -> Error {
    gpu::Error::Internal { what: "translating".to_owned(), message: message.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn what_is_made_is_taken_once_and_a_panic_is_an_error() {
        let mut work = Background::default();
        assert!(!work.is_begun() && work.take().is_none());
        let (go, wait) = mpsc::channel();
        work.begin("test", None, move || Ok(wait.recv().unwrap_or(0))).unwrap();
        assert!(work.is_begun() && work.is_running() && work.take().is_none());
        go.send(7).unwrap();
        while work.is_running() {
            thread::yield_now();
        }
        assert!(work.is_begun());
        assert_eq!(work.take().unwrap().unwrap(), 7);
        assert!(!work.is_begun() && work.take().is_none());
        work.begin("test", None, || panic!("on purpose")).unwrap();
        while work.is_running() {
            thread::yield_now();
        }
        assert!(work.take().unwrap().is_err());
    }

    #[test]
    fn to_drop_it_is_to_wait_for_it() {
        let (done, seen) = mpsc::channel();
        let mut work = Background::default();
        work.begin("test", None, move || {
            thread::sleep(Duration::from_millis(50));
            done.send(()).map_err(|error| failed(&error.to_string()))
        })
        .unwrap();
        drop(work);
        assert!(seen.try_recv().is_ok());
    }
}
