#include "csluice.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Newer than Debian 12's headers; the numbers are the kernel's promise.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

const char *sluice_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "Unknown error";
}

int sluice_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
    struct timespec timeout = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return epoll_pwait2(epoll, events, capacity, nanoseconds < 0 ? NULL : &timeout, NULL);
}

int sluice_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int sluice_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Aligned as the macros demand.
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(SLUICE_DESCRIPTORS * sizeof(int))];
};

static size_t take_descriptors(struct msghdr *message, int *descriptors) {
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        // The room for control data bounds what can be here.
        size_t size = c->cmsg_len - CMSG_LEN(0);
        memcpy(descriptors + count, CMSG_DATA(c), size);
        count += size / sizeof(int);
    }
    return count;
}

ssize_t sluice_receive(
    int socket, void *bytes, size_t size, int *descriptors, size_t *descriptor_count) {
    union control control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
        .msg_controllen = sizeof control};
    *descriptor_count = 0;
    ssize_t n;
    do
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 || (message.msg_controllen == 0 && !(message.msg_flags & MSG_CTRUNC)))
        return n;
    size_t count = take_descriptors(&message, descriptors);
    if (message.msg_flags & MSG_CTRUNC) {
        for (size_t i = 0; i < count; i++)
            close(descriptors[i]);
        errno = EBADMSG;
        return -1;
    }
    *descriptor_count = count;
    return n;
}

ssize_t sluice_send(
    int socket, const struct iovec *parts, size_t part_count, const int *descriptors,
    size_t descriptor_count) {
    union control control;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = part_count};
    if (descriptor_count > SLUICE_DESCRIPTORS) {
        errno = EINVAL;
        return -1;
    }
    if (descriptor_count > 0) {
        size_t size = descriptor_count * sizeof(int);
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(c), descriptors, size);
    }
    ssize_t n;
    do
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
}

int sluice_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -1;
    *process = peer.pid;
    *user = peer.uid;
    *group = peer.gid;
    return 0;
}

int sluice_peer_groups(int socket, gid_t *groups, size_t *count) {
    socklen_t size = *count * sizeof(gid_t);
    int result = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
    *count = size / sizeof(gid_t);
    return result;
}

int sluice_peer_pidfd(int socket) {
    int pidfd;
    socklen_t size = sizeof pidfd;
    return getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) < 0 ? -1 : pidfd;
}

int sluice_pidfd_open(pid_t process) { return syscall(SYS_pidfd_open, process, 0); }

int sluice_memfd_create(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

// The kernel refuses with EBUSY while it holds a page of the file itself, for instance to move it:
// that passes. It waits some 75 ms by itself before it refuses, so this is two seconds at most.
int sluice_memfd_seal(int memfd) {
    int result;
    for (int tries = 0; tries < 24; tries++) {
        result = fcntl(memfd, F_ADD_SEALS, seals);
        if (result == 0 || errno != EBUSY)
            break;
    }
    return result;
}

int sluice_memfd_is_sealed(int descriptor) {
    int present = fcntl(descriptor, F_GET_SEALS);
    return present < 0 ? -1 : (present & seals) == seals;
}
