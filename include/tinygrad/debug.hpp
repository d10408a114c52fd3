// SPDX-License-Identifier: MIT
// Door: the tools that say why. The lint, why a gradient is missing, profiles and pictures of the
// tape, memory. See docs/debugging.md.
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
