// SPDX-License-Identifier: MIT
// Files: InputFile reads one from front to back, AtomicFile writes one that appears whole or not at
// all. What their bytes mean is not known here.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <concepts>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI {
namespace detail {

/// An open file, closed at the end of the scope.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(-1); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  /// Closes the file and takes another.
  void reset(int fd) {
    const int error = errno;  // the caller looks at what open() said
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    errno = error;
  }

 private:
  int fd_;
};

/// True if there is a regular file at `path`.
inline bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// Makes a folder and those above it.
inline void make_directories(const Op& op, const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    struct stat status {};
    const bool made = ::mkdir(part.c_str(), 0777) == 0 ||
                      (::stat(part.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
    check<IoError>(made, op, part, ": cannot make this folder: ", std::strerror(errno));
    if (slash == std::string::npos) return;
  }
}

}  // namespace detail

/// A regular file read from front to back; every shortfall is an IoError that names it.
/// Throws  IoError if the path cannot be opened or is not a regular file
class InputFile {
 public:
  InputFile(const Op& op, std::string path)
      : op_(op),
        path_(std::move(path)),
        file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // a pipe must not block
    check<IoError>(file_.get() >= 0, op_, path_, ": cannot open: ", std::strerror(errno));
    struct stat status {};
    check<IoError>(::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode), op_, path_,
                   ": is not a regular file");
    size_ = static_cast<Index>(status.st_size);
  }

  const std::string& path() const { return path_; }

  /// The bytes it held when it was opened.
  Index size() const { return size_; }

  /// Reads exactly the next `bytes` bytes.
  /// Throws  IoError if the file ends before, or cannot be read
  void read(void* out, Index bytes) {
    for (auto next = static_cast<char*>(out); bytes > 0;) {
      const ssize_t got = ::read(file_.get(), next, static_cast<std::size_t>(bytes));
      if (got < 0 && errno == EINTR) continue;
      check<IoError>(got >= 0, op_, path_, ": cannot read: ", std::strerror(errno));
      check<IoError>(got > 0, op_, path_, ": truncated: ", bytes, " more bytes were expected");
      next += got;
      bytes -= got;
    }
  }

  /// Passes over the next `bytes` bytes, which may lie behind the end.
  void skip(Index bytes) {
    check<IoError>(::lseek(file_.get(), static_cast<off_t>(bytes), SEEK_CUR) >= 0, op_, path_,
                   ": cannot seek: ", std::strerror(errno));
  }

  /// Reads the last `bytes` bytes, wherever read() is; false if there are not as many.
  bool read_tail(void* out, Index bytes) const {
    return bytes <= size_ && ::pread(file_.get(), out, static_cast<std::size_t>(bytes),
                                     static_cast<off_t>(size_ - bytes)) == bytes;
  }

 private:
  Op op_;
  std::string path_;
  detail::FileDescriptor file_;
  Index size_ = 0;
};

/// How a file is saved.
struct SaveOptions {
  bool make_folders = false;  ///< make the folder it is to lie in, and those above, if need be
};

/// A file being written where no reader sees it. commit() puts it in its place at `path`; without
/// commit() nothing of it remains, even if the process is killed, and an older file is untouched.
/// A symbolic link at `path` is followed. The new file has the permissions of the one it replaces
/// and, where the system allows it, its owner; that one's other names (hard links) keep the old
/// content. Whoever commits last has the file, whole, if several save to one path at once.
///
/// Until commit() the bytes have no name (O_TMPFILE). Where the file system knows no such files,
/// they lie beside `path` under a name that ends in ".tinygrad-1.tmp", with a lock on them; what a
/// killed process left there has none, and is removed by the next save to the same path.
/// Throws  IoError naming the file, what failed and why: no such folder, something at `path` that
///         is no regular file, or one that is read-only, be it to root
class AtomicFile {
 public:
  AtomicFile(const Op& op, std::string path, const SaveOptions& options = {})
      : op_(op), path_(std::move(path)) {
    struct stat old {};
    const bool exists = ::stat(path_.c_str(), &old) == 0;
    if (exists) check_replaceable(old);
    follow_links();
    open_folder(options);
    remove_leftovers();
    create();
    if (exists) keep_permissions(old);
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
  }

  /// Where the bytes are until commit(), for another program that is to write them.
  std::string temporary_path() const {
    return temporary_.empty() ? str_cat("/proc/", ::getpid(), "/fd/", file_.get())
                              : folder_path_ + temporary_;
  }

  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  void write(const void* data, std::size_t bytes) {
    for (auto next = static_cast<const char*>(data); bytes > 0;) {
      const ssize_t written = ::write(file_.get(), next, bytes);
      if (written < 0 && errno == EINTR) continue;
      check_call(written >= 0, "cannot write");
      next += written;
      bytes -= static_cast<std::size_t>(written);
    }
  }

  /// Flushes the bytes, renames the file to `path`, and flushes the folder that names it.
  void commit() {
    check_call(::fsync(file_.get()) == 0, "cannot flush to the disk");
    if (temporary_.empty()) give_name();
    const int folder = folder_.get();
    check_call(::renameat(folder, temporary_.c_str(), folder, name_.c_str()) == 0,
               "cannot rename into place");
    temporary_.clear();
    check_call(::close(file_.release()) == 0, "cannot close");
    flush_folder();
  }

 private:
  static constexpr int kMostLinks = 40;      // as Linux follows them
  static constexpr int kMostLeftovers = 16;  // names to look for what killed processes left

  /// Finds the folder and the name where the file is to lie, past symbolic links.
  void follow_links() {
    std::string target = path_;
    for (int links = 0;; ++links) {
      char buffer[4096];
      const ssize_t length = ::readlink(target.c_str(), buffer, sizeof buffer);
      if (length < 0) break;  // no link
      check<IoError>(links < kMostLinks && length < static_cast<ssize_t>(sizeof buffer), op_, path_,
                     ": cannot write: too many symbolic links");
      const std::string link(buffer, static_cast<std::size_t>(length));
      target = link.starts_with('/') ? link : folder_of(target) + link;
    }
    folder_path_ = folder_of(target);
    name_ = target.substr(folder_path_.size());
    check<IoError>(!name_.empty(), op_, path_,
                   path_.empty() ? "a file must have a name, and this one is empty"
                                 : ": cannot write: is not a regular file: it ends in '/'");
  }

  /// The part of a path up to its last slash, "" if it has none.
  static std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1);
  }

  void open_folder(const SaveOptions& options) {
#ifdef O_PATH  // a folder may be writable without being readable
    constexpr int kind = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
    constexpr int kind = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif
    std::string folder = folder_path_.empty() ? "." : folder_path_;
    if (folder.size() > 1) folder.pop_back();  // the slash
    folder_.reset(::open(folder.c_str(), kind));
    if (folder_.get() < 0 && errno == ENOENT && options.make_folders) {
      detail::make_directories(op_, folder);
      folder_.reset(::open(folder.c_str(), kind));
    }
    if (folder_.get() >= 0) return;
    check<IoError>(errno != ENOENT, op_, path_, ": cannot write: the folder ", folder,
                   " does not exist; make it, or save with {.make_folders = true}");
    fail<IoError>(op_, path_, ": cannot write: the folder ", folder, ": ", std::strerror(errno));
  }

  /// A rename would replace what open() would not even write to.
  void check_replaceable(const struct stat& old) {
    check<IoError>(S_ISREG(old.st_mode), op_, path_, ": cannot write: is not a regular file");
    check<IoError>((old.st_mode & 0222U) != 0, op_, path_,
                   ": cannot write: the file is read-only; allow it (chmod u+w) or choose another "
                   "name");
    check_call(::access(path_.c_str(), W_OK) == 0, "cannot write");
  }

  void create() {
#ifdef O_TMPFILE
    // It can be given a name later only through /proc.
    file_.reset(::openat(folder_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
    if (file_.get() >= 0) {
      ::flock(file_.get(), LOCK_EX | LOCK_NB);
      if (::access(temporary_path().c_str(), F_OK) == 0) return;
    }
#endif
    for (int i = 1;; ++i) {
      std::string name = temporary_name(i);
      const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
      file_.reset(::openat(folder_.get(), name.c_str(), flags, 0666));
      if (file_.get() < 0 && errno == EEXIST) continue;
      check_call(file_.get() >= 0, "cannot create a file beside it");
      // Between the two calls another save may have taken it for a leftover.
      struct stat own {};
      const bool locked = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
      if (!locked || (::fstat(file_.get(), &own) == 0 && own.st_nlink == 0)) continue;
      temporary_ = std::move(name);
      return;
    }
  }

  /// Names a file that has no name yet; rename replaces an older file, which linkat cannot.
  void give_name() {
    const std::string unnamed = temporary_path();
    for (int i = 1; temporary_.empty(); ++i) {
      std::string name = temporary_name(i);
      const bool named =
          ::linkat(AT_FDCWD, unnamed.c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0;
      check_call(named || errno == EEXIST, "cannot create a file beside it");
      if (named) temporary_ = std::move(name);
    }
  }

  std::string temporary_name(int i) const {
    constexpr std::size_t most = 255 - 32;  // so that the longest name of a file can be saved to
    return str_cat(std::string_view(name_).substr(0, most), ".tinygrad-", i, ".tmp");
  }

  /// Removes what killed processes left of earlier saves to this path: whoever still writes holds
  /// a lock, which goes with the process, be it on another machine or in another container.
  void remove_leftovers() {
    for (int i = 1; i <= kMostLeftovers; ++i) {
      const std::string name = temporary_name(i);
      const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
      const detail::FileDescriptor file(::openat(folder_.get(), name.c_str(), flags));
      struct stat found {};
      if (file.get() < 0 || ::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
      if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
      struct stat now {};  // it may have been renamed meanwhile
      if (::fstatat(folder_.get(), name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
          now.st_ino == found.st_ino && now.st_dev == found.st_dev)
        ::unlinkat(folder_.get(), name.c_str(), 0);
    }
  }

  /// As private as the old file. A group that cannot be kept gets no more than anybody.
  void keep_permissions(const struct stat& old) {
    struct stat own {};
    mode_t mode = old.st_mode & 0777U;
    if (::fstat(file_.get(), &own) == 0 && (own.st_uid != old.st_uid || own.st_gid != old.st_gid) &&
        ::fchown(file_.get(), old.st_uid, old.st_gid) != 0 && own.st_gid != old.st_gid &&
        ::fchown(file_.get(), own.st_uid, old.st_gid) != 0)
      mode &= 0707U | ((mode & 7U) << 3U);
    ::fchmod(file_.get(), mode);
  }

  // A rename lasts through a power cut only once its folder is on the disk. Not every file system
  // can flush a folder (EINVAL), and a folder may be writable without being readable.
  void flush_folder() {
    const detail::FileDescriptor folder(
        ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) return;
    const bool flushed = ::fsync(folder.get()) == 0 || errno == EINVAL || errno == ENOTSUP;
    check_call(flushed, "was written, but its folder cannot be flushed to the disk");
  }

  void check_call(bool ok, const char* what) {
    if (!ok) fail<IoError>(op_, path_, ": ", what, ": ", std::strerror(errno));
  }

  Op op_;
  std::string path_, folder_path_, name_;  // as the user named it; where it lies past all links
  std::string temporary_;                  // its name in that folder until commit(), "" if none
  detail::FileDescriptor folder_{-1}, file_{-1};
};

/// Makes `bytes` the content of the file at `path`, or leaves what was there.
inline void write_file_atomically(const std::string& path, std::string_view bytes,
                                  const SaveOptions& options = {}, At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path, options);
  file.write(bytes);
  file.commit();
}

/// Makes what `writer(AtomicFile&)` writes the content of the file at `path`. If the writer throws,
/// what was there stays.
template <std::invocable<AtomicFile&> Writer>
void write_file_atomically(const std::string& path, Writer&& writer,
                           const SaveOptions& options = {}, At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path, options);
  writer(file);
  file.commit();
}

}  // namespace tinygrad
