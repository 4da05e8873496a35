#ifndef POWERLOSS_H
#define POWERLOSS_H

#include <stdint.h>

/// A layer between SQLite and the system that notes, in order, what a disk would be told: from its
/// notes the files can be made again as a power loss at any moment may have left them. What it is
/// told it also does, so that SQLite finds its files as it left them.
///
/// It has no shared memory: a log can be kept only in exclusive locking mode.
typedef struct powerloss powerloss;

enum {
    POWERLOSS_WRITE = 1,
    POWERLOSS_TRUNCATE,
    POWERLOSS_SYNC,
    /// The file's name is gone, and known to be if `offset` is 1.
    POWERLOSS_DELETE,
    /// Not of the disk: `offset` is what the test had seen by then.
    POWERLOSS_MARK,
};

typedef struct {
    int kind;
    /// Index of the file; see `powerloss_path`.
    int file;
    /// Where the bytes went, or the new size.
    int64_t offset;
    int64_t size;
    const uint8_t *bytes;
} powerloss_record;

/// Registers a layer under a name of its own. It lasts as long as the process, for a connection may
/// have it.
powerloss *powerloss_register(const char *name);

/// Whether nothing is noted: only syncs are left out then, for speed.
void powerloss_forget(powerloss *loss, int forgets);

/// Whether syncs are answered and not done, as by a disk that lies.
void powerloss_ignore_syncs(powerloss *loss, int ignore);

/// Bytes by which files may still grow, all together, before the disk is full; -1: any number.
void powerloss_set_room(powerloss *loss, int64_t bytes);

/// Whether reads and writes fail.
void powerloss_fail(powerloss *loss, int fails);

void powerloss_mark(powerloss *loss, int64_t number);

int64_t powerloss_count(powerloss *loss);
powerloss_record powerloss_at(powerloss *loss, int64_t index);
const char *powerloss_path(powerloss *loss, int file);

#endif
