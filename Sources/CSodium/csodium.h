/* libsodium as Swift sees it: a keyed hash for tickets, and comparing it in constant time. */
#pragma once
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/crypto_verify_16.h>
