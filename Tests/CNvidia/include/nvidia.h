// The library is loaded and never linked: this is for a test that has it open.
#pragma once

// Calls to the library since it was loaded, those that are waiting included.
unsigned long test_nvml_calls(void);
