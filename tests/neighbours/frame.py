# SPDX-License-Identifier: MIT
"""The code that all dimensions of the matrix share: the working folder, commands, unpacked packages, compilers, an
installed copy of the library, and the heads of the programs."""
import concurrent.futures
import dataclasses
import glob
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))

STANDARD = "-std=c++20"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
CANNOT_BE_HAD = 77  # the exit code of a program that lacks something

# What a user may have set, and a cell sets itself if it is about that.
THREADING = ["OMP_", "GOMP_", "OPENBLAS_", "GOTO_", "BLIS_", "MKL_", "TINYGRAD_"]


class Failed(Exception):
    """What was wrong, in one line or a few."""


class Refused(Exception):
    """The one sentence with which the library refuses to be compiled like that, where that is right."""


class NotHere(Exception):
    """What is missing on this machine."""


@dataclasses.dataclass
class Cell:
    """One combination: `work()` returns a note or None, or raises Failed or NotHere."""

    dimension: str
    row: str
    column: str
    work: object
    quick: bool = False  # belongs to the small part that runs with the tests

    @property
    def name(self):
        return f"{self.dimension}: {self.row} × {self.column}"


@dataclasses.dataclass(frozen=True)
class Compiler:
    """A compiler, perhaps an unpacked one that needs its libraries named."""

    name: str
    command: str
    library_path: str = ""

    @property
    def family(self):
        return "clang++" if "clang" in self.name else "g++"

    def environment(self):
        return {"LD_LIBRARY_PATH": self.library_path} if self.library_path else {}


@dataclasses.dataclass
class Head:
    """What the comment at the head of a program says about building and running it."""

    builds: list
    compilers: list
    environment: dict
    compile_error: str = ""
    exit_text: str = ""
    may_refuse: bool = False


def read_head(path):
    head = Head([], ["g++", "clang++"], {})
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("//"):
                break
            found = re.match(r"// (build|compilers|environment|expect):\s*(.*)$", line)
            if not found:
                continue
            key, value = found[1], found[2].strip()
            if key == "build":
                head.builds.append(shlex.split(value))
            elif key == "compilers":
                head.compilers = value.split()
            elif key == "environment":
                head.environment.update(word.split("=", 1) for word in shlex.split(value))
            elif value == "values or refusal":
                head.may_refuse = True
            elif expected := re.fullmatch(r'(compile error|exit 1) "(.*)"', value):
                setattr(head, "compile_error" if expected[1] == "compile error" else "exit_text", expected[2])
            else:
                raise ValueError(f"{path}: cannot read the line: {line.strip()}")
    head.builds = head.builds or [[]]
    return head


def last_lines(text, count=12):
    return "\n".join(text.strip().splitlines()[-count:])


def errors_of(text, count=4):
    """The first errors of a compiler's output, each once, or its end if no line says error."""
    lines = [line for line in text.splitlines() if re.search(r"\berror\b|undefined reference", line)]
    return "\n".join(list(dict.fromkeys(lines))[:count]) or last_lines(text)


def judged(code, output):
    """The output of a command that ended with that code, by the contract of the programs here."""
    if code == CANNOT_BE_HAD:
        raise NotHere(last_lines(output, 1))
    if code < 0:
        raise Failed(f"killed by {signal.Signals(-code).name}\n{last_lines(output)}")
    if code:
        raise Failed(f"exit code {code}\n{last_lines(output)}")
    return output


class Frame:
    def __init__(self, work, offline):
        self.work = os.path.abspath(work)
        self.offline = offline
        self._lock = threading.Lock()
        self._once = {}
        self._running = set()  # process groups
        self._stopped = False

    def once(self, key, make):
        """make(), called by the first cell that asks for `key`; the others wait for its result, or its exception."""
        with self._lock:
            first = key not in self._once
            future = self._once.setdefault(key, concurrent.futures.Future())
        if first:
            try:
                future.set_result(make())
            except BaseException as error:  # the others must not wait for ever
                future.set_exception(error)
        return future.result()

    def folder(self, *names):
        """A fresh folder in the working folder."""
        path = os.path.join(self.work, *(re.sub(r"[^\w.+-]+", "_", name) for name in names))
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    # --- commands ------------------------------------------------------------------------------

    def try_run(self, command, cwd=None, environment=None, timeout=600):
        """(exit code, output) of a command; a negative code is a signal. Its whole process group ends with it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(tuple(THREADING))}
        kept.update(LC_ALL="C", **(environment or {}))
        with self._lock:
            if self._stopped:
                raise NotHere("stopped")
            try:
                process = subprocess.Popen(command, cwd=cwd or self.work, env=kept, text=True, errors="replace",
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                           stderr=subprocess.STDOUT, start_new_session=True)
            except FileNotFoundError:
                raise NotHere(f"no {command[0]}") from None
            self._running.add(process.pid)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            raise Failed(f"hangs: no end after {timeout} s\n{last_lines(output, 4)}") from None
        finally:
            with self._lock:
                self._running.discard(process.pid)
        return process.returncode, output

    def stop(self):
        """Ends what is running; nothing more is started."""
        with self._lock:
            self._stopped = True
            for group in self._running:
                try:
                    os.killpg(group, signal.SIGKILL)
                except ProcessLookupError:  # it has just ended
                    pass

    def run(self, command, cwd=None, environment=None, timeout=600):
        """The output of a command that keeps the contract of the programs here."""
        return judged(*self.try_run(command, cwd, environment, timeout))

    # --- packages ------------------------------------------------------------------------------

    def unpacked(self, name, packages):
        """The folder in which these packages of apt are unpacked together: fetched once, never installed."""
        return self.once(("packages", name), lambda: self._unpack(name, packages))

    def _unpack(self, name, packages):
        root = os.path.join(self.work, "packages", name)
        if os.path.isdir(root):
            return root
        if self.offline:
            raise NotHere(f"{name}: not unpacked yet, and --offline")
        if not (shutil.which("apt-get") and shutil.which("dpkg")):
            raise NotHere(f"{name}: no apt")
        parts = self.folder("packages", name + ".part")
        code, output = self.try_run(["apt-get", "download", "-q", *packages], cwd=parts)
        if code:
            raise NotHere(f"{name}: apt has no {' '.join(packages)}: {last_lines(output, 1)}")
        for package in glob.glob(os.path.join(parts, "*.deb")):
            code, output = self.try_run(["dpkg", "-x", package, os.path.join(parts, "root")])
            if code:
                raise NotHere(f"{name}: {last_lines(output, 1)}")
        os.rename(os.path.join(parts, "root"), root)
        shutil.rmtree(parts)
        return root

    def find(self, root, pattern):
        """The one file or folder below `root` that the pattern names."""
        found = sorted(glob.glob(os.path.join(root, pattern), recursive=True))
        if not found:
            raise NotHere(f"no {pattern} in {os.path.basename(root)}")
        return found[0]

    # --- the library, installed ----------------------------------------------------------------

    def prefix(self):
        """Where the library is installed as it finds this machine."""
        return self.install("installed", [])

    def install(self, name, arguments):
        """The library configured with these arguments and installed; its prefix."""

        def make():
            build, prefix = self.folder(name, "build"), self.folder(name, "prefix")
            parts = [f"-DTINYGRAD_BUILD_{part}=OFF" for part in ("TESTS", "EXAMPLES", "BENCHMARKS")]
            self.run(["cmake", "-S", SOURCE, "-B", build, f"-DCMAKE_INSTALL_PREFIX={prefix}", *parts, *arguments])
            self.run(["cmake", "--install", build])
            return prefix

        return self.once(("install", name), make)

    def pkg_config(self, what):
        def ask():
            words = shlex.split(self.run(["pkg-config", what, self.find(self.prefix(), "**/tinygrad.pc")]))
            return [word[:2] + os.path.normpath(word[2:]) if word.startswith("-I/") else word for word in words]

        return self.once(("pkg-config", what), ask)

    def flags(self):
        """What pkg-config has a user compile with."""
        return self.pkg_config("--cflags")

    def libraries(self):
        """What pkg-config has a user link with."""
        return self.pkg_config("--libs")

    # --- compilers -----------------------------------------------------------------------------

    # Named even if they are not here; every other g++ from 12 and clang++ from 14 on that is found joins them.
    WANTED = ["g++-12", "clang++-14", "clang++-16", "clang++-19"]

    def compiler_names(self):
        found = [f"{family}-{version}" for family, oldest in (("g++", 12), ("clang++", 14))
                 for version in range(oldest, 40) if shutil.which(f"{family}-{version}")]
        names = sorted(set(found) | set(self.WANTED), key=lambda name: (not name.startswith("g"), name))
        return names if found else ["g++", "clang++"]  # systems that number no compilers

    def compiler(self, name):
        """The compiler of that name, or the first that is here of a family's."""
        if name in ("g++", "clang++"):
            numbered = [n for n in self.compiler_names() if n.startswith(name + "-") and shutil.which(n)]
            name = numbered[0] if numbered else name
        if shutil.which(name):
            return Compiler(name, name)
        if found := re.fullmatch(r"clang\+\+-(\d+)", name):
            version = found[1]
            # The first four are the compiler, then the plugin for -flto and the run time of the sanitizers.
            packages = [f"clang-{version}", f"libclang-cpp{version}", f"libllvm{version}",
                        f"libclang-common-{version}-dev", f"llvm-{version}-linker-tools", f"libclang-rt-{version}-dev"]
            root = self.unpacked(f"clang-{version}", packages)
            command = self.find(root, f"usr/lib/llvm-{version}/bin/clang++")
            libraries = os.path.dirname(self.find(root, "usr/lib/*/libclang-cpp.so.*"))
            return Compiler(name, command, libraries)
        raise NotHere(name)

    def warnings(self, compiler):
        """The warnings every program must be free of."""
        code, version = self.try_run([compiler.command, "-dumpversion"], environment=compiler.environment())
        old = compiler.family == "g++" and not code and int(version.split(".")[0]) < 13
        return WARNINGS + (["-Wno-restrict"] if old else [])  # false on "text" + std::string: GCC bug 105651

    def compile_command(self, compiler, sources, output, flags=(), libraries=None):
        """One compiler call from sources to a program, as a user of pkg-config writes it."""
        link = [word for word in flags if word.startswith(("-l", "-Wl,"))]
        return [compiler.command, STANDARD, *self.warnings(compiler), *self.flags(),
                *(word for word in flags if word not in link), *sources, "-o", output, *link,
                *(self.libraries() if libraries is None else libraries)]

    def build(self, compiler, sources, output, flags=(), libraries=None, timeout=600, may_refuse=False):
        command = self.compile_command(compiler, sources, output, flags, libraries)
        code, text = self.try_run(command, cwd=os.path.dirname(output), environment=compiler.environment(),
                                  timeout=timeout)
        if code and may_refuse:
            errors = [line for line in text.splitlines() if re.search(r"\berror:", line)]
            if len(errors) == 1 and (sentence := re.search(r"tinygrad needs [^\"']+", errors[0])):
                raise Refused(sentence[0])
        if code:
            log = output + ".log"
            with open(log, "w", encoding="utf-8") as file:
                file.write(shlex.join(command) + "\n\n" + text)
            raise Failed(f"does not compile (all of it: {os.path.relpath(log, SOURCE)})\n{errors_of(text)}")
        return output

    def build_and_run(self, source, head, compiler, flags, folder):
        """One program, by what its head says."""
        program = os.path.join(folder, "program")
        if head.compile_error:
            self.refused(source, head, compiler, flags, program)
            return
        self.build(compiler, [source], program, flags, may_refuse=head.may_refuse)
        code, output = self.try_run([program], cwd=folder, environment=head.environment)
        if not head.exit_text:
            judged(code, output)
        elif code != 1 or head.exit_text not in output:
            raise Failed(f'exit code {code} instead of 1 and "{head.exit_text}"\n{last_lines(output)}')

    def refused(self, source, head, compiler, flags, program):
        command = self.compile_command(compiler, [source], program, flags)
        code, text = self.try_run(command, environment=compiler.environment())
        errors = [line for line in text.splitlines() if re.search(r"\berror:", line)]
        if not code:
            raise Failed(f'compiles, instead of "{head.compile_error}"')
        if len(errors) != 1 or head.compile_error not in errors[0]:
            first = "\n".join(errors[:3])
            raise Failed(f'{len(errors)} errors instead of one, "{head.compile_error}"\n{first}')


class Case:
    """What a case.py works with: the frame's means, its own folder of sources and a fresh one for what it builds."""

    def __init__(self, frame, source, work):
        self.frame, self.source, self.work = frame, source, work
        self.include = os.path.join(SOURCE, "include")

    def compiler(self, name):
        """The Compiler of that name ("g++", "clang++-16"); raises NotHere."""
        return self.frame.compiler(name)

    def build(self, compiler, sources, output, flags=(), libraries=None):
        """Builds `output` in the work folder from sources (names in the case's folder, or absolute); returns its path."""
        compiler = self.compiler(compiler) if isinstance(compiler, str) else compiler
        paths = [os.path.join(self.source, source) for source in sources]
        return self.frame.build(compiler, paths, os.path.join(self.work, output), list(flags), libraries)

    def run(self, command, environment=None, timeout=120):
        """The output of a command run in the work folder; Failed if it fails, NotHere if it exits with 77."""
        return self.frame.run(command, cwd=self.work, environment=environment, timeout=timeout)

    def try_run(self, command, environment=None, timeout=120):
        """(exit code, output) of a command that may fail."""
        return self.frame.try_run(command, cwd=self.work, environment=environment, timeout=timeout)


def sources_of(dimension):
    return sorted(glob.glob(os.path.join(HERE, f"{dimension}_*.cpp")))


def folders_of(dimension):
    return sorted(path for path in glob.glob(os.path.join(HERE, f"{dimension}_*")) if os.path.isdir(path))


def name_of(path):
    return os.path.splitext(os.path.basename(path))[0]
