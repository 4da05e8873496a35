#pragma once
#include <stdint.h>

// How often this process asked for memory since it began.
uint64_t allocations(void);
