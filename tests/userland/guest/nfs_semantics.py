# SPDX-License-Identifier: MIT
"""What programs expect of a file system, on the NFS share, as the guest's root and as another user.

Each function is a rule; an AssertionError or OSError is a fault. POSIX.1-2017 has the rules, except where
the comment says what NFS makes of one.

    nfs_semantics.py                    in the current folder
    nfs_semantics.py RULE-TO-LEAVE-OUT...
"""

import ctypes
import errno
import fcntl
import mmap
import os
import stat
import struct
import sys
import time

USER = 1000


def refused(number, function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        assert error.errno == number, f"{error}, not {errno.errorcode[number]}"
        return
    raise AssertionError(f"{function.__name__}{arguments} should give {errno.errorcode[number]}")


def write(path, data=b"", mode=0o644):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        assert os.write(fd, data) == len(data)
    finally:
        os.close(fd)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def in_child(function, user=0):
    """Run a function in another process, as another user; its exceptions become ours."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if user:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            function()
            status = 0
        except BaseException as error:
            print("in the child:", repr(error))
            sys.stdout.flush()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child of {function.__name__} failed"


def an_open_file_outlives_its_name():
    with open("open", "w+b") as file:
        file.write(b"before")
        file.flush()
        os.unlink("open")
        refused(errno.ENOENT, os.stat, "open")
        file.write(b" after")
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        assert file.read() == b"before after"
        assert os.fstat(file.fileno()).st_size == 12
    assert not [name for name in os.listdir(".") if name.startswith(".nfs")], "a silly rename is left over"


def rename_replaces_an_open_file():
    write("old", b"old")
    write("new", b"new file")
    with open("old", "rb") as file:
        os.rename("new", "old")
        assert read("old") == b"new file"
        assert file.read() == b"old"
    assert os.listdir(".") == ["old"]


def rename_of_folders():
    os.makedirs("a/b")
    os.mkdir("empty")
    os.mkdir("full")
    write("full/file")
    inode = os.stat("a").st_ino
    os.rename("a", "empty")
    assert os.stat("empty").st_ino == inode and os.path.isdir("empty/b")
    refused(errno.ENOTEMPTY, os.rename, "empty", "full")
    refused(errno.EINVAL, os.rename, "empty", "empty/b/c")
    refused(errno.ENOTDIR, os.rename, "empty", "full/file")
    refused(errno.ENOTEMPTY, os.rmdir, "full")


def names():
    long = "n" * 255
    write(long, b"x")
    assert read(long) == b"x"
    refused(errno.ENAMETOOLONG, write, "n" * 256)
    odd = b"\xff\n\x01 *"
    write(odd)
    assert odd in os.listdir(b".")
    write("fil\u00e9", b"1")
    assert read(b"fil\xc3\xa9") == b"1"


def symbolic_links():
    os.symlink("nowhere", "dangling")
    refused(errno.ENOENT, os.stat, "dangling")
    assert os.readlink("dangling") == "nowhere" and os.lstat("dangling").st_size == 7
    os.symlink("loop", "loop")
    refused(errno.ELOOP, os.stat, "loop")
    os.mkdir("folder")
    write("folder/file", b"through")
    os.symlink("folder", "link")
    assert read("link/file") == b"through"
    refused(errno.ELOOP, os.open, "link", os.O_RDONLY | os.O_NOFOLLOW)
    os.symlink("x" * 1000, "long")
    assert os.readlink("long") == "x" * 1000


def hard_links():
    write("one", b"1")
    os.link("one", "two")
    assert os.stat("one").st_nlink == 2 and os.path.samefile("one", "two")
    write("two", b"both")
    assert read("one") == b"both"
    os.unlink("one")
    assert os.stat("two").st_nlink == 1
    refused(errno.EEXIST, os.link, "two", "two")
    os.mkdir("folder")
    refused(errno.EPERM, os.link, "folder", "other")


def exclusive_creation():
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    os.close(os.open("lock", flags))
    refused(errno.EEXIST, os.open, "lock", flags)
    in_child(lambda: refused(errno.EEXIST, os.open, "lock", flags))
    os.unlink("lock")
    os.close(os.open("lock", flags, 0o400))
    assert stat.S_IMODE(os.stat("lock").st_mode) == 0o400


def appending_loses_nothing():
    write("log")

    def append():
        fd = os.open("log", os.O_WRONLY | os.O_APPEND)
        for number in range(50):
            os.write(fd, b"%07d\n" % number)
        os.close(fd)

    for _ in range(3):
        in_child(append)
    assert len(read("log").split()) == 150


def sizes():
    with open("sparse", "w+b") as file:
        file.truncate(5 << 30)
        file.seek(4 << 30)
        file.write(b"beyond 4 GiB")
        file.flush()
        os.fsync(file.fileno())
        file.seek((4 << 30) - 2)
        assert file.read(16) == b"\0\0beyond 4 GiB\0\0"
        assert os.fstat(file.fileno()).st_size == 5 << 30
        assert os.fstat(file.fileno()).st_blocks < 1 << 20
        file.truncate((4 << 30) + 6)
        file.seek(4 << 30)
        assert file.read() == b"beyond"
        file.truncate(0)
        file.seek(0)
        assert file.read() == b""


def shared_mapping():
    write("mapped", bytes(20000))
    with open("mapped", "r+b") as file, mmap.mmap(file.fileno(), 20000) as memory:
        memory[4090:4100] = b"0123456789"
        memory.flush()
        assert read("mapped")[4090:4100] == b"0123456789"

        def write_there():
            memory[19999:] = b"!"

        in_child(write_there)
        assert memory[19999] == ord("!")
        os.pwrite(file.fileno(), b"written", 10000)
        assert memory[10000:10007] == b"written"
    assert read("mapped")[19998:] == b"\0!"


def record_locks():
    """Locks hold between the processes of the guest (mounted nolock: the host does not see them)."""
    with open("locked", "w+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 10, 0)

        def other():
            with open("locked", "r+b") as mine:
                refused(errno.EAGAIN, fcntl.lockf, mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 5)
                fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 10)
                query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                answer = struct.unpack("hhqqi4x", fcntl.fcntl(mine, fcntl.F_GETLK, query))
                assert answer[4] == os.getppid(), answer

        in_child(other)
        fcntl.lockf(file, fcntl.LOCK_UN)
        fcntl.flock(file, fcntl.LOCK_EX)

        def flock():
            with open("locked", "r+b") as mine:
                refused(errno.EAGAIN, fcntl.flock, mine, fcntl.LOCK_SH | fcntl.LOCK_NB)

        in_child(flock)


def permissions():
    os.chmod(".", 0o755)
    write("secret", b"root's", 0o600)
    write("public", b"all's", 0o644)
    os.mkdir("closed", 0o700)
    os.mkdir("open")
    os.chmod("open", 0o1777)
    write("open/root", b"", 0o666)
    os.mkdir("theirs")
    os.chown("theirs", USER, USER)

    def as_user():
        assert read("public") == b"all's"
        refused(errno.EACCES, read, "secret")
        refused(errno.EACCES, write, "public")
        refused(errno.EACCES, os.listdir, "closed")
        refused(errno.EACCES, write, "new")
        refused(errno.EPERM, os.chmod, "public", 0o666)
        refused(errno.EPERM, os.chown, "theirs", 0, 0)
        write("open/mine", b"mine")
        assert os.stat("open/mine").st_uid == USER and os.stat("open/mine").st_gid == USER
        refused(errno.EPERM, os.unlink, "open/root")
        os.unlink("open/mine")
        write("theirs/file", b"", 0o400)
        assert not os.access("secret", os.R_OK) and os.access("public", os.R_OK)
        # The owner of a file without write permission goes on with the descriptor that created it.
        fd = os.open("theirs/only", os.O_WRONLY | os.O_CREAT, 0o000)
        assert os.write(fd, b"still") == 5
        os.fsync(fd)
        os.close(fd)

    in_child(as_user, USER)
    assert read("theirs/only") == b"still"
    assert os.stat("theirs/only").st_uid == USER


def modes_and_owners():
    write("file", b"x")
    os.chown("file", 12, 34)
    os.chmod("file", 0o6755)
    assert stat.S_IMODE(os.stat("file").st_mode) == 0o6755
    assert (os.stat("file").st_uid, os.stat("file").st_gid) == (12, 34)
    os.chown("file", USER, USER)  # set-id bits go with the owner
    assert stat.S_IMODE(os.stat("file").st_mode) == 0o755
    os.mkdir("group")
    os.chown("group", 0, 50)
    os.chmod("group", 0o2775)
    write("group/child")
    os.mkdir("group/folder")
    assert os.stat("group/child").st_gid == 50
    assert os.stat("group/folder").st_gid == 50 and os.stat("group/folder").st_mode & stat.S_ISGID
    os.umask(0o077)
    write("masked", b"", 0o666)
    os.umask(0o022)
    assert stat.S_IMODE(os.stat("masked").st_mode) == 0o600
    os.mkfifo("fifo", 0o640)
    assert stat.S_ISFIFO(os.stat("fifo").st_mode)
    os.mknod("zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    assert read_some("zero", 4) == bytes(4)


def read_some(path, size):
    with open(path, "rb", buffering=0) as file:
        return file.read(size)


def times():
    write("file")
    os.utime("file", ns=(981173106_123456000, 981173107_987654000))
    status = os.stat("file")
    assert status.st_atime_ns == 981173106_123456000 and status.st_mtime_ns == 981173107_987654000
    before = os.stat(".").st_mtime_ns
    time.sleep(0.02)
    write("other")
    assert os.stat(".").st_mtime_ns > before
    changed = os.stat("file").st_ctime_ns
    time.sleep(0.02)
    os.chmod("file", 0o600)
    assert os.stat("file").st_ctime_ns > changed
    time.sleep(0.02)
    write("file", b"longer")
    assert os.stat("file").st_mtime_ns > 981173107_987654000


def folders_with_many_names():
    expected = set()
    for number in range(300):
        name = f"a rather long name of file number {number}"
        os.mknod(name, 0o600 | stat.S_IFREG)
        expected.add(name)
    assert set(os.listdir(".")) == expected
    with os.scandir(".") as entries:
        for entry in entries:  # removing while listing loses no name
            os.unlink(entry.name)
            expected.discard(entry.name)
    assert not expected and not os.listdir("."), os.listdir(".")[:5]


def fallocate_and_sync():
    """What version 3 has no procedure for is refused cleanly, and posix_fallocate falls back."""
    with open("file", "w+b") as file:
        os.posix_fallocate(file.fileno(), 0, 100000)
        assert os.fstat(file.fileno()).st_size == 100000
        os.fdatasync(file.fileno())
    refused(errno.ENOTSUP, os.setxattr, "file", "user.name", b"value")
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(fd)
    os.close(fd)
    space = os.statvfs(".")
    assert space.f_blocks >= space.f_bfree >= space.f_bavail > 0 and space.f_namemax == 255


def descriptors_relative_to_folders():
    os.mkdir("folder")
    fd = os.open("folder", os.O_RDONLY | os.O_DIRECTORY)
    os.rename("folder", "moved")
    file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=fd)
    os.write(file, b"in it")
    os.close(file)
    assert read("moved/file") == b"in it"
    libc = ctypes.CDLL(None, use_errno=True)
    write("moved/other", b"other")
    # renameat2: NFS knows neither RENAME_NOREPLACE (1) nor RENAME_EXCHANGE (2)
    assert libc.renameat2(fd, b"file", fd, b"other", 2) == -1 and ctypes.get_errno() == errno.EINVAL
    os.unlink("file", dir_fd=fd)
    os.unlink("other", dir_fd=fd)
    os.rmdir("moved")
    os.close(fd)


RULES = [
    an_open_file_outlives_its_name,
    rename_replaces_an_open_file,
    rename_of_folders,
    names,
    symbolic_links,
    hard_links,
    exclusive_creation,
    appending_loses_nothing,
    sizes,
    shared_mapping,
    record_locks,
    permissions,
    modes_and_owners,
    times,
    folders_with_many_names,
    fallocate_and_sync,
    descriptors_relative_to_folders,
]


def main():
    os.umask(0o022)
    here = os.getcwd()
    failures = 0
    for rule in [rule for rule in RULES if rule.__name__ not in sys.argv[1:]]:
        os.mkdir(rule.__name__)
        os.chdir(rule.__name__)
        try:
            rule()
            print("ok", rule.__name__, flush=True)
        except (AssertionError, OSError) as error:
            failures += 1
            line = error.__traceback__
            while line.tb_next:
                line = line.tb_next
            print("FAIL", rule.__name__, repr(error), "line", line.tb_lineno, flush=True)
        os.chdir(here)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
