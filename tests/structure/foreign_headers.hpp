// SPDX-License-Identifier: MIT
// Headers of other projects that a program may include before or after ours, as far as they are
// installed. Some define short macros, or declare the C functions that we call in another way.
#if __has_include(<cblas.h>)
#include <cblas.h>
#endif
#if __has_include(<lapacke.h>)
#include <lapacke.h>
#endif
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif
#if __has_include(<opencv2/core.hpp>)
#include <opencv2/core.hpp>
#endif
#if __has_include(<sys/ioctl.h>)
#include <sys/ioctl.h>
#endif
#if __has_include(<X11/Xmd.h>)
#include <X11/Xmd.h>
#endif
#include <termios.h>
#if __has_include(<sys/sysmacros.h>)
#include <sys/sysmacros.h>
#endif
#include <resolv.h>
