//! What kinds of files there are.

/// What kind of file it is, `S_IFMT` of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A device, of blocks or of characters.
    Device(char),
    /// None that is known.
    Unknown,
}

impl FileKind {
    /// By the bits of a mode.
    pub fn of_mode(mode: u32) -> Self {
        match mode >> 12 & 0o17 {
            0o10 => Self::File,
            0o4 => Self::Directory,
            0o12 => Self::Link,
            0o1 => Self::Fifo,
            0o14 => Self::Socket,
            0o6 => Self::Device('b'),
            0o2 => Self::Device('c'),
            _ => Self::Unknown,
        }
    }

    /// The letter that `ls -l` has for it.
    pub fn letter(self) -> char {
        match self {
            Self::File => '-',
            Self::Directory => 'd',
            Self::Link => 'l',
            Self::Fifo => 'p',
            Self::Socket => 's',
            Self::Device(letter) => letter,
            Self::Unknown => '?',
        }
    }

    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "symlink",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Device(_) => "device",
            Self::Unknown => "unknown",
        }
    }
}
