// SPDX-License-Identifier: MIT
// Files as bytes. InputFile reads a file from front to back. AtomicFile writes a file that appears
// completely or not at all.
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
  /// Closes the file and stores another descriptor.
  void reset(int fd) {
    const int error = errno;  // the caller reads the errno of open()
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

/// Creates a folder and its parents.
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

/// A regular file that is read from start to end. Every failed or short read is an IoError with its
/// name.
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

  /// The size in bytes when the file was opened.
  Index size() const { return size_; }

  /// Reads exactly the next `bytes` bytes.
  /// Throws  IoError if the file ends too early or cannot be read
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

  /// Skips the next `bytes` bytes, even past the end.
  void skip(Index bytes) {
    check<IoError>(::lseek(file_.get(), static_cast<off_t>(bytes), SEEK_CUR) >= 0, op_, path_,
                   ": cannot seek: ", std::strerror(errno));
  }

  /// Reads the last `bytes` bytes, independent of the position of read(). False if the file is
  /// shorter.
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

/// How to save a file.
struct SaveOptions {
  bool make_folders = false;  ///< create the file's folder and its parents if needed
};

/// A file that no reader sees until it is complete. commit() moves it to `path`. Without commit()
/// nothing of it remains, even if the process is killed, and an older file at `path` stays
/// unchanged. A symbolic link at `path` is followed. The new file has the permissions of the old
/// one and, if the system allows it, its owner. Other hard links to the old file keep the old
/// content. If several processes save to one path at once, the last commit() wins, with its
/// complete file.
///
/// Until commit() the bytes have no name (O_TMPFILE). On file systems without O_TMPFILE they are in
/// a locked file beside `path` with a name that ends in ".tinygrad-1.tmp". The lock ends with its
/// process, and the next save to the same path removes an unlocked file.
/// Throws  IoError with the file, the failure and the reason: no such folder, `path` is not a
///         regular file, or it is read-only, even for root
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

  /// The path of the bytes before commit(), for another program that writes them.
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
  static constexpr int kMostLinks = 40;      // Linux's limit
  static constexpr int kMostLeftovers = 16;  // leftover names to look for

  /// Finds the final folder and name behind symbolic links.
  void follow_links() {
    std::string target = path_;
    for (int links = 0;; ++links) {
      char buffer[4096];
      const ssize_t length = ::readlink(target.c_str(), buffer, sizeof buffer);
      if (length < 0) break;  // not a link
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

  /// The part of a path up to its last slash, or "".
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

  /// Throws if open() could not write to the old file, because a rename would replace it anyway.
  void check_replaceable(const struct stat& old) {
    check<IoError>(S_ISREG(old.st_mode), op_, path_, ": cannot write: is not a regular file");
    check<IoError>((old.st_mode & 0222U) != 0, op_, path_,
                   ": cannot write: the file is read-only; allow it (chmod u+w) or choose another "
                   "name");
    check_call(::access(path_.c_str(), W_OK) == 0, "cannot write");
  }

  void create() {
#ifdef O_TMPFILE
    // Only /proc can give it a name later.
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
      // Between the two calls another save may have removed it as a leftover.
      struct stat own {};
      const bool locked = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
      if (!locked || (::fstat(file_.get(), &own) == 0 && own.st_nlink == 0)) continue;
      temporary_ = std::move(name);
      return;
    }
  }

  /// Gives a name to an O_TMPFILE. rename() can replace an older file, linkat() cannot.
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
    constexpr std::size_t most = 255 - 32;  // leaves room for the suffix behind the longest names
    return str_cat(std::string_view(name_).substr(0, most), ".tinygrad-", i, ".tmp");
  }

  /// Removes files that killed processes left from earlier saves to this path. A process that still
  /// writes holds a lock. The lock ends with its process, even on another machine or in another
  /// container.
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

  /// Sets the old file's permissions. If the old group cannot be kept, the group's permissions are
  /// limited to those of others.
  void keep_permissions(const struct stat& old) {
    struct stat own {};
    mode_t mode = old.st_mode & 0777U;
    if (::fstat(file_.get(), &own) == 0 && (own.st_uid != old.st_uid || own.st_gid != old.st_gid) &&
        ::fchown(file_.get(), old.st_uid, old.st_gid) != 0 && own.st_gid != old.st_gid &&
        ::fchown(file_.get(), own.st_uid, old.st_gid) != 0)
      mode &= 0707U | ((mode & 7U) << 3U);
    ::fchmod(file_.get(), mode);
  }

  // A rename survives a power cut only after its folder is on the disk. Some file systems cannot
  // flush a folder (EINVAL), and a folder may be writable without being readable.
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
  std::string path_, folder_path_, name_;  // as given by the user; folder and name behind all links
  std::string temporary_;                  // its name in that folder until commit(), or ""
  detail::FileDescriptor folder_{-1}, file_{-1};
};

/// Replaces the content of the file at `path` by `bytes`, completely or not at all.
inline void write_file_atomically(const std::string& path, std::string_view bytes,
                                  const SaveOptions& options = {}, At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path, options);
  file.write(bytes);
  file.commit();
}

/// Replaces the content of the file at `path` by what `writer(AtomicFile&)` writes. If the writer
/// throws, the old content stays.
template <std::invocable<AtomicFile&> Writer>
void write_file_atomically(const std::string& path, Writer&& writer,
                           const SaveOptions& options = {}, At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path, options);
  writer(file);
  file.commit();
}

}  // namespace tinygrad
