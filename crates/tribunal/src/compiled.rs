//! Compiled policies as files.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use tribunal_core::{Engine, LoadError};
use tribunal_policy::Loaded;
use tribunal_policy::codes;
use tribunal_policy::diagnostic::Diagnostic;
use tribunal_policy::source::Sources;

/// Reads a policy, from its folder or file, or from the files that a compiled policy holds.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tribunal-doc-load-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let file = folder.join("demo.tribunal");
/// let text = "policy: {id: demo, version: '1'}\nrules: [{id: gun, when: caption has \"glock\", effect: {routing: review}}]";
/// std::fs::write(&file, tribunal::Moderator::from_text(text)?.engine().to_bytes())?;
/// assert_eq!(tribunal::load(&file).policy.ok_or("compiled without errors")?.rules[0].name, "gun");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(path: &Path) -> Loaded {
    match bytes(path) {
        None => tribunal_policy::load(path),
        Some(bytes) => match bytes.and_then(|bytes| Engine::files_in(&bytes)) {
            Ok(files) => tribunal_policy::load_again(files),
            Err(error) => refused(path, &error),
        },
    }
}

/// The file, if it is a compiled policy.
fn open(path: &Path) -> Option<(File, usize)> {
    let mut file = File::open(path).ok()?;
    let length = usize::try_from(file.metadata().ok().filter(std::fs::Metadata::is_file)?.len()).ok()?;
    let mut head = [0; 16];
    let read = file.read(&mut head).ok()?;
    file.rewind().ok()?;
    Engine::is_compiled(head.get(..read)?).then_some((file, length))
}

fn bytes(path: &Path) -> Option<Result<Vec<u8>, LoadError>> {
    let (mut file, length) = open(path)?;
    let mut bytes = Vec::with_capacity(length);
    Some(file.read_to_end(&mut bytes).map(|_| bytes).map_err(|_| LoadError::Damaged))
}

/// The engine of a compiled policy; `None` when the file is none.
pub(crate) fn read(path: &Path) -> Option<Result<Engine, LoadError>> {
    let (mut file, length) = open(path)?;
    Some(Engine::from_reader(&mut file, length))
}

/// Why a compiled policy cannot be used, as policies say such things.
pub(crate) fn refused(path: &Path, error: &LoadError) -> Loaded {
    let help = match error {
        LoadError::Version { .. } => "compile the policy again with this program: `tribunal compile POLICY -o FILE`",
        LoadError::Damaged => "copy the file again, or compile the policy again: `tribunal compile POLICY -o FILE`",
        _ => "give the policy's folder, or a file that `tribunal compile` wrote",
    };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let found = Diagnostic::at_place(&codes::COMPILED_POLICY, name, error.to_string()).help(help);
    Loaded { policy: None, diagnostics: vec![found], sources: Arc::new(Sources::new()) }
}
