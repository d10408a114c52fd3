// SPDX-License-Identifier: MIT
// The function by which the two translation units of the link test compare their state.
#pragma once

/// The library's thread setting, as the other unit sees it.
int threads_seen_by_b();
