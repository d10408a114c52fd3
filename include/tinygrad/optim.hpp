// SPDX-License-Identifier: MIT
// Door: optimizers, learning-rate schedules, averaged weights and gradient clipping.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to it is then short in an error about a tensor.
#include "tinygrad/autograd/tensor.hpp"

// Optimizers
#include "tinygrad/optim/adadelta.hpp"
#include "tinygrad/optim/adafactor.hpp"
#include "tinygrad/optim/adagrad.hpp"
#include "tinygrad/optim/adam.hpp"
#include "tinygrad/optim/adamax.hpp"
#include "tinygrad/optim/adamw.hpp"
#include "tinygrad/optim/lamb.hpp"
#include "tinygrad/optim/lars.hpp"
#include "tinygrad/optim/lbfgs.hpp"
#include "tinygrad/optim/lion.hpp"
#include "tinygrad/optim/muon.hpp"
#include "tinygrad/optim/nadam.hpp"
#include "tinygrad/optim/radam.hpp"
#include "tinygrad/optim/rmsprop.hpp"
#include "tinygrad/optim/sgd.hpp"

// What optimizers are made of
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/moments.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/options.hpp"
#include "tinygrad/optim/saved_state.hpp"
#include "tinygrad/optim/strong_wolfe.hpp"
#include "tinygrad/optim/update_rule.hpp"

// Averaged weights and limits on gradients
#include "tinygrad/optim/averaged_model.hpp"
#include "tinygrad/optim/clip_grad.hpp"

// Learning-rate schedules
#include "tinygrad/optim/schedules/combined.hpp"
#include "tinygrad/optim/schedules/cosine.hpp"
#include "tinygrad/optim/schedules/cyclic.hpp"
#include "tinygrad/optim/schedules/lr_scheduler.hpp"
#include "tinygrad/optim/schedules/multiplicative.hpp"
#include "tinygrad/optim/schedules/reduce_on_plateau.hpp"

#include "tinygrad/core/end.hpp"
