//! The calls of libhs (Hyperscan 5, C interface) that a block scan needs. The library is opened at run time: without it its rows
//! say so, and nothing else changes.

#![allow(unsafe_code, reason = "a C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::sync::OnceLock;

use libloading::Library;

type Database = *mut c_void;
type OnMatch = unsafe extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Compile =
    unsafe extern "C" fn(*const *const c_char, *const c_uint, *const c_uint, c_uint, c_uint, *const c_void, *mut Database, *mut *mut CompileError) -> c_int;
type CompileLiteral = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut Database,
    *mut *mut CompileError,
) -> c_int;

/// `HS_FLAG_CASELESS` and `HS_MODE_BLOCK`.
const CASELESS: c_uint = 1;
const BLOCK: c_uint = 1;

#[repr(C)]
struct CompileError {
    message: *const c_char,
    expression: c_int,
}

struct Functions {
    compile: Compile,
    compile_literal: CompileLiteral,
    alloc_scratch: unsafe extern "C" fn(Database, *mut *mut c_void) -> c_int,
    scan: unsafe extern "C" fn(Database, *const u8, c_uint, c_uint, *mut c_void, OnMatch, *mut c_void) -> c_int,
    size: unsafe extern "C" fn(Database, *mut usize) -> c_int,
    info: unsafe extern "C" fn(Database, *mut *const c_char) -> c_int,
}

fn functions() -> Result<&'static Functions, String> {
    static LOADED: OnceLock<Result<Functions, String>> = OnceLock::new();
    LOADED.get_or_init(load).as_ref().map_err(Clone::clone)
}

fn load() -> Result<Functions, String> {
    // SAFETY: the library has no constructors of consequence; the signatures are those of hs_compile.h and hs_runtime.h.
    unsafe {
        let library = Library::new("libhs.so.5").map_err(|_| "libhs is not installed (Debian: libhyperscan5)".to_owned())?;
        let library: &'static Library = Box::leak(Box::new(library));
        let missing = |error: libloading::Error| error.to_string();
        Ok(Functions {
            compile: *library.get(b"hs_compile_multi\0").map_err(missing)?,
            compile_literal: *library.get(b"hs_compile_lit_multi\0").map_err(missing)?,
            alloc_scratch: *library.get(b"hs_alloc_scratch\0").map_err(missing)?,
            scan: *library.get(b"hs_scan\0").map_err(missing)?,
            size: *library.get(b"hs_database_size\0").map_err(missing)?,
            info: *library.get(b"hs_database_info\0").map_err(missing)?,
        })
    }
}

/// A compiled database in block mode, never freed.
pub(crate) struct Block {
    functions: &'static Functions,
    database: Database,
}

// SAFETY: a database is read-only once compiled (Hyperscan's manual: it may be used by any number of threads).
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

/// Working memory of one thread.
pub(crate) struct Scratch(*mut c_void);

impl Block {
    /// Patterns numbered from 0 in order, ASCII letters in either case; as literals or as regular expressions.
    pub(crate) fn new(patterns: &[String], literal: bool) -> Result<Block, String> {
        let functions = functions()?;
        let texts = patterns.iter().map(|text| CString::new(text.as_str())).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        let lengths: Vec<usize> = patterns.iter().map(String::len).collect();
        let flags = vec![CASELESS; patterns.len()];
        let ids: Vec<c_uint> = (0..patterns.len() as c_uint).collect();
        let (mut database, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
        let (p, f, i, count, none) = (pointers.as_ptr(), flags.as_ptr(), ids.as_ptr(), ids.len() as c_uint, std::ptr::null());
        // SAFETY: all arrays have `count` elements and live across the call.
        let code = unsafe {
            if literal {
                (functions.compile_literal)(p, f, i, lengths.as_ptr(), count, BLOCK, none, &mut database, &mut error)
            } else {
                (functions.compile)(p, f, i, count, BLOCK, none, &mut database, &mut error)
            }
        };
        if code != 0 {
            // SAFETY: a failed compilation fills `error`.
            let message = unsafe { error.as_ref().map(|error| format!("{} (pattern {})", CStr::from_ptr(error.message).to_string_lossy(), error.expression)) };
            return Err(message.unwrap_or_else(|| format!("code {code}")));
        }
        Ok(Block { functions, database })
    }

    pub(crate) fn scratch(&self) -> Scratch {
        let mut scratch = std::ptr::null_mut();
        // SAFETY: the database is compiled.
        let code = unsafe { (self.functions.alloc_scratch)(self.database, &mut scratch) };
        assert_eq!(code, 0, "hs_alloc_scratch");
        Scratch(scratch)
    }

    /// Bytes of the database.
    pub(crate) fn size(&self) -> usize {
        let mut size = 0;
        // SAFETY: as above.
        unsafe { (self.functions.size)(self.database, &mut size) };
        size
    }

    /// Version and instruction set.
    pub(crate) fn info(&self) -> String {
        let mut text = std::ptr::null();
        // SAFETY: on success the library allocates a C string.
        unsafe { if (self.functions.info)(self.database, &mut text) == 0 { CStr::from_ptr(text).to_string_lossy().into_owned() } else { String::new() } }
    }

    /// Calls `found` with the number of a pattern and the end of each of its matches.
    #[inline]
    pub(crate) fn scan<F: FnMut(u32, usize)>(&self, scratch: &mut Scratch, text: &[u8], mut found: F) {
        unsafe extern "C" fn each<F: FnMut(u32, usize)>(id: c_uint, _from: c_ulonglong, to: c_ulonglong, _flags: c_uint, context: *mut c_void) -> c_int {
            // SAFETY: the context is the closure of the call below, which is not used elsewhere meanwhile.
            unsafe { (*context.cast::<F>())(id, to as usize) };
            0
        }
        // SAFETY: scratch belongs to this database and thread; the closure outlives the call.
        let code = unsafe {
            (self.functions.scan)(self.database, text.as_ptr(), text.len() as c_uint, 0, scratch.0, each::<F>, std::ptr::from_mut(&mut found).cast())
        };
        debug_assert_eq!(code, 0, "hs_scan");
    }
}
