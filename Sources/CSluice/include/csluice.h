// What Swift cannot call by itself: control messages, and the Linux calls that its Glibc module
// leaves out because they hide behind _GNU_SOURCE. Every function returns what the system call
// under it does, -1 and errno on failure. Nothing here decides anything; SluiceSystem does.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// Descriptors taken from or put on one message; the protocol allows a frame as many.
#define SLUICE_DESCRIPTORS 16

// The text of an errno. Unlike strerror it may be called from any thread and is never translated.
const char *sluice_error_text(int code);

// Waits with the clock's own resolution; a negative timeout waits for ever.
int sluice_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);
int sluice_eventfd(void);

int sluice_accept(int listener);

// Receives bytes, and up to SLUICE_DESCRIPTORS descriptors into `descriptors`. Fails with EBADMSG,
// having closed all that came, if the control data was cut short.
ssize_t sluice_receive(
    int socket, void *bytes, size_t size, int *descriptors, size_t *descriptor_count);

// Sends without raising SIGPIPE. The descriptors go with the first byte; none sends none.
ssize_t sluice_send(
    int socket, const struct iovec *parts, size_t part_count, const int *descriptors,
    size_t descriptor_count);

int sluice_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group);
// `count` is the room on entry and the groups on return, also when it fails with ERANGE.
int sluice_peer_groups(int socket, gid_t *groups, size_t *count);
// A pidfd of the peer, exact where the kernel pins the peer's process to the socket (6.5).
// Fails with ENOPROTOOPT before that.
int sluice_peer_pidfd(int socket);
int sluice_pidfd_open(pid_t process);

int sluice_memfd_create(const char *name);
// Seals size, contents and the seals themselves.
int sluice_memfd_seal(int memfd);
// 1 if sealed as sluice_memfd_seal does, 0 if less, -1 with EINVAL if it cannot be sealed at all.
int sluice_memfd_is_sealed(int descriptor);
