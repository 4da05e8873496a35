// The least that a broker can do, to compare with: clients -> one line -> a pulling worker ->
// clients, over one Unix socket, with one thread, level-triggered epoll and one write for each peer
// a pass. There is no table of requests, no name, no limit and no clock in it.
//
// A frame is 16 bytes and a payload, little-endian, like those of sluice-protocol(7):
//
//     offset size field
//          0    4 length  bytes of the payload
//          4    4 mark    0 from a client; on its way to and from the worker the client's place
//                         in the table and 1 more; or one of the marks below
//          8    8 id      the client's; comes back as it was
//
// A large frame is read into a block of its own and moves from list to list with it. Small ones are
// copied into shared blocks, which is cheaper than a piece of memory for each.
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum mark {
    PING = 0xffffff01, // comes back at once, after all that was sent before it was read
    PULL = 0xffffff02, // worker: up to `id` requests, please, once
    BATCH = 0xffffff03, // to the worker: `id` requests follow
};

struct __attribute__((packed)) frame {
    uint32_t length, mark;
    uint64_t id;
};

enum { BLOCK_SIZE = 64 << 10, LARGE = 32 << 10, PARTS = 64, TURN = 256 };

struct block {
    struct block *next;
    size_t capacity, begin, end; // [begin, end) is whole frames, but in `peer.unfinished`
    char bytes[];
};

struct list {
    struct block *first, *last;
};

struct peer {
    int socket;
    uint32_t place;
    uint32_t wanted; // requests that it pulled and has not got
    bool is_listed, awaits_room;
    struct list output;
    struct block *unfinished; // the front of a frame, in a block that holds all of it
};

static int epoll;
static struct peer **peers;
static uint32_t peer_count;
static struct peer **with_output, **pulling; // have room for all peers
static uint32_t with_output_count, pulling_count;
static struct list line;
static uint64_t line_length;
static struct block *spare;
static char input[BLOCK_SIZE * 4];

static void *checked(void *memory) {
    if (memory)
        return memory;
    perror("sluice-relay");
    exit(1);
}

static struct block *new_block(size_t room) {
    struct block *block = spare;
    if (block && room <= BLOCK_SIZE) {
        spare = block->next;
    } else {
        size_t capacity = room > BLOCK_SIZE ? room : BLOCK_SIZE;
        block = checked(malloc(sizeof *block + capacity));
        block->capacity = capacity;
    }
    block->next = NULL;
    block->begin = block->end = 0;
    return block;
}

static void release(struct block *block) {
    if (block->capacity != BLOCK_SIZE) {
        free(block);
        return;
    }
    block->next = spare;
    spare = block;
}

static void push(struct list *list, struct block *block) {
    if (list->last)
        list->last->next = block;
    else
        list->first = block;
    list->last = block;
}

static struct block *pop(struct list *list) {
    struct block *block = list->first;
    list->first = block->next;
    if (!list->first)
        list->last = NULL;
    block->next = NULL;
    return block;
}

static void append(struct list *list, const void *bytes, size_t size) {
    struct block *block = list->last;
    if (!block || block->capacity - block->end < size)
        push(list, block = new_block(size));
    memcpy(block->bytes + block->end, bytes, size);
    block->end += size;
}

static void await_room(struct peer *peer, bool awaits) {
    if (peer->awaits_room == awaits)
        return;
    peer->awaits_room = awaits;
    struct epoll_event event = {.events = EPOLLIN | (awaits ? EPOLLOUT : 0), .data.ptr = peer};
    epoll_ctl(epoll, EPOLL_CTL_MOD, peer->socket, &event);
}

static void list_for_output(struct peer *peer) {
    if (peer->is_listed)
        return;
    peer->is_listed = true;
    with_output[with_output_count++] = peer;
}

static void write_output(struct peer *peer) {
    peer->is_listed = false;
    while (peer->output.first) {
        struct iovec parts[PARTS];
        int count = 0;
        for (struct block *b = peer->output.first; b && count < PARTS; b = b->next)
            parts[count++] =
                (struct iovec){.iov_base = b->bytes + b->begin, .iov_len = b->end - b->begin};
        ssize_t sent = writev(peer->socket, parts, count);
        if (sent < 0) {
            // One that is gone is noticed when it is read.
            if (errno == EAGAIN)
                await_room(peer, true);
            return;
        }
        while (sent > 0) {
            struct block *b = peer->output.first;
            size_t size = b->end - b->begin;
            if ((size_t)sent < size) {
                b->begin += (size_t)sent;
                break;
            }
            sent -= (ssize_t)size;
            release(pop(&peer->output));
        }
    }
    await_room(peer, false);
}

// Takes one whole frame; `block` is set where the frame has one of its own.
static void take(struct peer *peer, struct frame *frame, struct block *block) {
    struct list *to = &line;
    if (frame->mark == PULL) {
        if (!peer->wanted && frame->id)
            pulling[pulling_count++] = peer;
        peer->wanted = (uint32_t)frame->id;
        return;
    }
    if (frame->mark == PING) {
        to = &peer->output;
        list_for_output(peer);
    } else if (frame->mark) {
        struct peer *client = frame->mark <= peer_count ? peers[frame->mark - 1] : NULL;
        if (!client) {
            if (block)
                release(block);
            return;
        }
        to = &client->output;
        list_for_output(client);
    } else {
        frame->mark = peer->place + 1;
        line_length++;
    }
    if (block)
        push(to, block);
    else
        append(to, frame, sizeof *frame + frame->length);
}

static void forget(struct peer *peer) {
    close(peer->socket);
    peers[peer->place] = NULL;
    for (uint32_t i = 0; i < pulling_count; i++)
        if (pulling[i] == peer)
            pulling[i--] = pulling[--pulling_count];
    for (uint32_t i = 0; i < with_output_count; i++)
        if (with_output[i] == peer)
            with_output[i--] = with_output[--with_output_count];
    while (peer->output.first)
        release(pop(&peer->output));
    free(peer->unfinished);
    free(peer);
}

// Keeps the front of a frame until the rest comes.
static void keep(struct peer *peer, const char *bytes, size_t size) {
    size_t whole = sizeof(struct frame);
    if (size >= whole)
        whole += ((const struct frame *)bytes)->length;
    struct block *block = checked(malloc(sizeof *block + whole));
    *block = (struct block){.capacity = whole, .end = size};
    memcpy(block->bytes, bytes, size);
    peer->unfinished = block;
}

static void read_input(struct peer *peer) {
    struct iovec parts[2];
    size_t kept = 0, missing = 0;
    struct block *block = peer->unfinished;
    if (block && block->capacity > LARGE) {
        missing = block->capacity - block->end;
        parts[0] = (struct iovec){.iov_base = block->bytes + block->end, .iov_len = missing};
    } else if (block) {
        memcpy(input, block->bytes, kept = block->end);
        free(block);
        block = peer->unfinished = NULL;
    }
    parts[block ? 1 : 0] =
        (struct iovec){.iov_base = input + kept, .iov_len = sizeof input - kept};
    ssize_t got = readv(peer->socket, parts, block ? 2 : 1);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        forget(peer);
        return;
    }
    size_t size = kept + (got > 0 ? (size_t)got : 0);
    if (block) {
        size_t filled = size < missing ? size : missing;
        block->end += filled;
        size -= filled;
        if (block->end < block->capacity)
            return;
        peer->unfinished = NULL;
        take(peer, (struct frame *)block->bytes, block);
    }
    char *bytes = input;
    while (size >= sizeof(struct frame)) {
        struct frame *frame = (struct frame *)bytes;
        size_t whole = sizeof *frame + frame->length;
        if (size < whole)
            break;
        take(peer, frame, NULL);
        bytes += whole;
        size -= whole;
    }
    if (size)
        keep(peer, bytes, size);
}

// Moves so many requests from the line to the worker.
static void grant(struct peer *worker, uint64_t count) {
    struct frame batch = {.mark = BATCH, .id = count};
    append(&worker->output, &batch, sizeof batch);
    line_length -= count;
    while (count) {
        struct block *block = line.first;
        if (block->capacity > BLOCK_SIZE) {
            push(&worker->output, pop(&line));
            count--;
            continue;
        }
        size_t begin = block->begin;
        for (; count && block->begin < block->end; count--)
            block->begin +=
                sizeof(struct frame) + ((struct frame *)(block->bytes + block->begin))->length;
        append(&worker->output, block->bytes + begin, block->begin - begin);
        if (block->begin == block->end)
            release(pop(&line));
    }
    list_for_output(worker);
}

static void dispatch(void) {
    while (line_length && pulling_count) {
        struct peer *worker = pulling[--pulling_count];
        uint64_t count = line_length < worker->wanted ? line_length : worker->wanted;
        worker->wanted = 0;
        if (count)
            grant(worker, count);
    }
}

static void welcome(int listener) {
    int socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if ((peer_count & (peer_count - 1)) == 0) {
            size_t size = (peer_count ? 2 * (size_t)peer_count : 1) * sizeof *peers;
            peers = checked(realloc(peers, size));
            with_output = checked(realloc(with_output, size));
            pulling = checked(realloc(pulling, size));
        }
        struct peer *peer = checked(calloc(1, sizeof *peer));
        peer->socket = socket;
        peer->place = peer_count;
        peers[peer_count++] = peer;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0
        || listen(listener, SOMAXCONN) < 0) {
        perror(path);
        exit(1);
    }
    return listener;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: sluice-relay SOCKET\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_at(argv[1]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[TURN];
        int count = epoll_wait(epoll, events, TURN, -1);
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;
            if (!peer) {
                welcome(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT)
                list_for_output(peer);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                read_input(peer);
        }
        dispatch();
        while (with_output_count)
            write_output(with_output[--with_output_count]);
    }
}
