// SPDX-License-Identifier: MIT
// What the two translation units of the link test tell each other.
#pragma once

/// The library's thread setting, as the other unit sees it.
int threads_seen_by_b();
