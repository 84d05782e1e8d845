"""The system calls that a submission may make; the kernel refuses all others.

This uses seccomp(2), through the `pyseccomp` package and libseccomp.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from contextlib import suppress

# Imported here, in the zygote: an isolated process could not search for the library.
try:
    import pyseccomp
except (ImportError, RuntimeError):  # RuntimeError: the system has no libseccomp
    pyseccomp = None

# The calls that Python, NumPy, TensorFlow and the C library make, under all names that processor
# architectures and versions of the C library have for them. Calls that are in neither list fail
# with ENOSYS, as if the kernel were too old to know them, so that libraries fall back to older
# calls.
ALLOWED_CALLS = frozenset(
    # memory
    """brk munmap mremap mprotect madvise mincore msync mlock mlock2 munlock membarrier
    get_mempolicy set_mempolicy mbind pkey_alloc pkey_free pkey_mprotect map_shadow_stack mseal
    arch_prctl """
    # files and folders: `views` decides which can be read, and only /tmp can be written
    """open openat openat2 creat close close_range read readv pread64 preadv preadv2 write writev
    pwrite64 pwritev pwritev2 lseek _llseek stat stat64 lstat lstat64 fstat fstat64 fstatat64
    newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd
    chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink
    symlinkat truncate truncate64 ftruncate ftruncate64 fallocate fadvise64 fadvise64_64
    readahead chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat
    utimensat_time64 futimesat umask statfs statfs64 fstatfs fstatfs64 fsync fdatasync
    sync_file_range flock fcntl fcntl64 dup dup2 dup3 ioctl pipe pipe2 splice tee sendfile
    sendfile64 copy_file_range getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr """
    # waiting
    """select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create
    epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd
    signalfd4 timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
    inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    futex futex_time64 futex_waitv futex_wake futex_wait futex_requeue set_robust_list
    get_robust_list rseq restart_syscall nanosleep clock_nanosleep clock_nanosleep_time64 pause """
    # processes and threads, its own only; it can never start another program
    """fork vfork exit exit_group wait4 waitid waitpid set_tid_address getpid gettid getppid
    getpgid getpgrp getsid setpgid setsid kill tkill tgkill rt_sigaction rt_sigprocmask
    rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_sigqueueinfo
    rt_tgsigqueueinfo rt_sigreturn sigreturn sigaltstack alarm getitimer setitimer timer_create
    timer_settime timer_settime64 timer_gettime timer_gettime64 timer_getoverrun timer_delete
    capget getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid
    getresuid32 getresgid getresgid32 getgroups getgroups32 sched_yield sched_getaffinity
    sched_setaffinity sched_getparam sched_getscheduler sched_getattr sched_get_priority_max
    sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 getpriority
    setpriority ioprio_get getrlimit ugetrlimit getrusage times getcpu
    set_thread_area get_thread_area """
    # clocks, random numbers and information about the machine
    """time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64
    getrandom uname sysinfo """.split()
)
# Calls that programs do make elsewhere. They fail with EPERM, which Python reports as "Operation
# not permitted"; ENOSYS would puzzle a student.
FORBIDDEN_CALLS = frozenset(
    """execve execveat ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd
    pidfd_send_signal mount umount2 pivot_root chroot unshare setns mknod mknodat
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg
    recvmmsg getsockopt setsockopt getsockname getpeername shutdown
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset
    sched_setscheduler sched_setparam sched_setattr ioprio_set clock_settime clock_settime64
    settimeofday setrlimit sethostname setdomainname
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    memfd_create memfd_secret shmget shmat shmctl shmdt msgget semget mq_open
    io_setup io_uring_setup userfaultfd bpf perf_event_open keyctl add_key request_key""".split()
)
# mmap with both flags allocates shared memory that can stay without being counted for any process.
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
# clone with one of these flags creates a namespace: mounts, cgroups, host name, IPC, users, PIDs,
# network. In a user namespace a process would have all capabilities again.
NAMESPACES = 0x7E020000
# Allowed options of prctl(2): names of threads and memory, and questions about the process itself.
# Not PR_SET_PDEATHSIG, with which a job could outlive its guard, nor PR_SET_MM, with which it could
# look like another program.
PRCTL_OPTIONS = {
    "PR_GET_PDEATHSIG": 2,
    "PR_GET_DUMPABLE": 3,
    "PR_SET_NAME": 15,
    "PR_GET_NAME": 16,
    "PR_GET_SECCOMP": 21,
    "PR_CAPBSET_READ": 23,
    "PR_SET_TIMERSLACK": 29,
    "PR_GET_TIMERSLACK": 30,
    "PR_GET_NO_NEW_PRIVS": 39,
    "PR_SET_VMA": 0x53564D41,
}


def filter_calls() -> bool:
    """Restrict the calling process and its children to the allowed system calls, for good.

    Returns:
        False if libseccomp is missing; the other protections do not depend on it.
    """
    if pyseccomp is None:
        return False
    refused = pyseccomp.ERRNO(errno.EPERM)
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    _add(rules, pyseccomp.ALLOW, ALLOWED_CALLS)
    _add(rules, refused, FORBIDDEN_CALLS)
    # seccomp cannot check the flags of clone3, which are behind a pointer. It is in neither list,
    # so it fails with ENOSYS and the C library falls back to clone.
    _add(rules, pyseccomp.ALLOW, ["clone"], (0, NAMESPACES, 0))
    for missing in (MAP_SHARED, MAP_ANONYMOUS):
        _add(rules, pyseccomp.ALLOW, ["mmap", "mmap2"], (3, missing, 0))
    # Limits can be read, but not set. With a lower limit the kernel would kill the job, which would
    # look like a fault of the machine and be tried again.
    _add(rules, pyseccomp.ALLOW, ["prlimit64"], (2, 0xFFFFFFFFFFFFFFFF, 0))
    for option in PRCTL_OPTIONS.values():
        _add(rules, pyseccomp.ALLOW, ["prctl"], (0, 0xFFFFFFFF, option))
    rules.load()
    return True


def _add(rules, action, names: Iterable[str], argument: tuple[int, int, int] | None = None) -> None:
    """Add a rule for each of these calls that exists on this processor architecture.

    Args:
        argument: a condition (number, mask, value): the argument with this number, counted from 0,
            must equal `value` in the bits of `mask`. None: no condition.
    """
    if argument is None:
        conditions = ()
    else:
        number, mask, value = argument
        conditions = (pyseccomp.Arg(number, pyseccomp.MASKED_EQ, mask, value),)
    for name in names:
        with suppress(ValueError, OSError):  # the call does not exist here
            rules.add_rule(action, name, *conditions)
