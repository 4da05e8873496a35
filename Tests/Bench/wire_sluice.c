// The data protocol, version 1 (sluice-protocol(7)), as one wire of an echo load generator: many
// clients submit, one worker sends the same bytes back. The generator brings wire.h, which is its
// whole interface to a wire, and main; this file alone builds nothing. A client connects to
// client.sock, the worker beside it to worker.sock, and serves the function "echo" in batches.
#include "wire.h"
#include <unistd.h>

typedef struct __attribute__((packed)) { uint32_t len; uint8_t kind, flags, fds, zero; uint64_t id; } frame;

static void hello(void *out, void (*add)(void *, const void *, size_t)) {
    uint8_t body[34] = {'S', 'L', 'C', 'E', 1, 0, 1, 0};
    frame f = {sizeof body, 0x01, 0, 0, 0, 0};
    for (int i = 8; i < 24; i++) body[i] = (uint8_t)(i * 7 + getpid());
    add(out, &f, sizeof f);
    add(out, body, sizeof body);
}
static void add_outq(void *q, const void *p, size_t n) { outq_add(q, p, n); }
static void add_buf(void *b, const void *p, size_t n) { buf_add(b, p, n); }

static void open_(conn *c) { hello(&c->out[0], add_outq); }

static void submit(conn *c, uint64_t id) {
    static const uint8_t head[] = {4, 0, 'e', 'c', 'h', 'o', 0, 0};
    frame f = {(uint32_t)(sizeof head + cfg.payload), 0x10, 0, 0, 0, id};
    outq_add(&c->out[0], &f, sizeof f);
    outq_add(&c->out[0], head, sizeof head);
    outq_ref(&c->out[0], cfg.body, cfg.payload);
}

static uint16_t u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static void input(conn *c, int which) {
    buf *b = &c->in[which];
    frame f;
    while (buf_len(b) >= sizeof f) {
        memcpy(&f, b->p + b->rd, sizeof f);
        if (buf_len(b) < sizeof f + f.len) break;
        const uint8_t *p = b->p + b->rd + sizeof f, *end = p + f.len;
        b->rd += sizeof f + f.len;
        if (f.kind == 0x30) accepted(c, 1);
        else if (f.kind == 0x36) {
            if (p[0] != 1) die("outcome %d", p[0]);
            p += 4;
            p += 2 + u16(p);
            p += 2 + u16(p);
            p += 2 + u16(p);
            completed(c, f.id, p, (size_t)(end - p));
        } else if (f.kind == 0x03) die("error: %.*s", (int)f.len, p);
    }
}

static void worker(const char *addr, unsigned batch) {
    char path[256];
    snprintf(path, sizeof path, "%s", addr);
    char *s = strstr(path, "client.sock");
    if (s) strcpy(s, "worker.sock");
    int fd = dial(path);
    buf in = {0}, out = {0};
    hello(&out, add_buf);
    // The name, 13 bytes of attributes: batch (0x12) is 1, max_batch_size (0x13) is as given.
    uint8_t declare[6 + 2 + 5 + 8] = {4, 0, 'e', 'c', 'h', 'o', 13, 0, 0x12, 0, 1, 0, 1, 0x13, 0, 4, 0};
    memcpy(declare + 17, &batch, 4);
    frame d = {sizeof declare, 0x50, 0, 0, 0, 0}, r = {4, 0x51, 0, 0, 0, 0};
    uint32_t one = 1;
    buf_add(&out, &d, sizeof d), buf_add(&out, declare, sizeof declare);
    buf_add(&out, &r, sizeof r), buf_add(&out, &one, 4);
    for (;;) {
        if (buf_len(&out)) must_write(fd, out.p + out.rd, buf_len(&out)), out.rd = out.wr = 0;
        if (!more(fd, &in)) exit(0);
        frame f;
        while (buf_len(&in) >= sizeof f) {
            memcpy(&f, in.p + in.rd, sizeof f);
            if (buf_len(&in) < sizeof f + f.len) break;
            const uint8_t *p = in.p + in.rd + sizeof f;
            in.rd += sizeof f + f.len;
            if (f.kind == 0x03) die("error: %.*s", (int)f.len, p);
            if (f.kind == 0x71) {
                frame st = {4, 0x52, 0, 0, 0, f.id};
                uint32_t all = 0xffffffff;
                buf_add(&out, &st, sizeof st), buf_add(&out, &all, 4);
            }
            if (f.kind != 0x72) continue;
            const uint8_t *q = p + 16;
            size_t n = f.len - 18 - u16(q);
            q += 2 + u16(q);
            frame o = {(uint32_t)(6 + n), 0x56, 0, 0, 0, f.id};
            buf_add(&out, &o, sizeof o), buf_add(&out, p, 4), buf_add(&out, "\0\0", 2), buf_add(&out, q, n);
        }
    }
}

const wire wire_sluice = {.name = "sluice", .nfd = 1, .open = open_, .submit = submit, .input = input, .worker = worker};
