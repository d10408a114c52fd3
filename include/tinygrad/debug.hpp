// SPDX-License-Identifier: MIT
// Door: diagnostics. The lint, the search for missing gradients, profiles, memory reports and
// pictures of the tape. See docs/debugging.md.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/debug/explain_gradient.hpp"
#include "tinygrad/debug/gradient_trace.hpp"
#include "tinygrad/debug/lint.hpp"
#include "tinygrad/debug/memory_report.hpp"
#include "tinygrad/debug/profile.hpp"
#include "tinygrad/debug/site.hpp"
#include "tinygrad/debug/tape_dot.hpp"
#include "tinygrad/debug/tape_html.hpp"
#include "tinygrad/debug/tape_json.hpp"

#include "tinygrad/core/end.hpp"
