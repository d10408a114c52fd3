// SPDX-License-Identifier: MIT
// Door: tools for training loops. Progress, metrics, logs, Ctrl-C, facts about the environment.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/train/environment.hpp"
#include "tinygrad/train/interrupt.hpp"
#include "tinygrad/train/metrics.hpp"
#include "tinygrad/train/metrics_log.hpp"
#include "tinygrad/train/progress.hpp"

#include "tinygrad/core/end.hpp"
