// SPDX-License-Identifier: MIT
// Matrix decompositions and what is solved with them: Cholesky, LU, QR, eigenvalues, singular
// values.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
