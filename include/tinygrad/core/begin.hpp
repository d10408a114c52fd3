// SPDX-License-Identifier: MIT
// The first include of every door. It hides macros that headers of other projects define under
// common names, and sets compiler options. core/end.hpp, the last include of the door, undoes both.
// This file has no include guard, because each door includes it.
#include "tinygrad/version.hpp"

// Doors include each other: only the outermost one changes macros and options.
#pragma push_macro("TINYGRAD_INNER")
#ifdef TINYGRAD_OPEN
#undef TINYGRAD_INNER
#define TINYGRAD_INNER
#else
#define TINYGRAD_OPEN

// Clang has no macro that says whether it may reorder sums, but a pragma forbids it.
#ifdef __clang__
#pragma float_control(push)
#pragma float_control(precise, on)
#endif

#pragma push_macro("I")
#pragma push_macro("complex")
#pragma push_macro("imaginary")
#pragma push_macro("major")
#pragma push_macro("minor")
#pragma push_macro("index")
#pragma push_macro("rindex")
#pragma push_macro("unix")
#pragma push_macro("linux")
#pragma push_macro("likely")
#pragma push_macro("unlikely")
#pragma push_macro("current")
#pragma push_macro("check")
#pragma push_macro("verify")
#pragma push_macro("require")
#pragma push_macro("fail")
#pragma push_macro("assert_equal")
#pragma push_macro("min")
#pragma push_macro("max")
#pragma push_macro("near")
#pragma push_macro("far")
#pragma push_macro("small")
#pragma push_macro("interface")
#pragma push_macro("ERROR")
#pragma push_macro("FAILED")
#pragma push_macro("RGB")
#pragma push_macro("CMYK")
#pragma push_macro("CONST")
#pragma push_macro("VOID")
#pragma push_macro("IN")
#pragma push_macro("OUT")
#pragma push_macro("OPTIONAL")
#pragma push_macro("DELETE")
#pragma push_macro("NO_ERROR")
#pragma push_macro("STRICT")
#pragma push_macro("IGNORE")
#pragma push_macro("None")
#pragma push_macro("Bool")
#pragma push_macro("Status")
#pragma push_macro("Success")
#pragma push_macro("True")
#pragma push_macro("False")
#pragma push_macro("Always")
#pragma push_macro("Above")
#pragma push_macro("Below")
#pragma push_macro("Complex")
#pragma push_macro("Convex")
#pragma push_macro("Unsorted")
#pragma push_macro("F")
#pragma push_macro("B1")
#pragma push_macro("abs")
#pragma push_macro("round")
#pragma push_macro("sq")
#pragma push_macro("bit")
#pragma push_macro("radians")
#pragma push_macro("degrees")
#pragma push_macro("constrain")
#pragma push_macro("DEFAULT")
#pragma push_macro("move")
#pragma push_macro("clear")
#pragma push_macro("erase")
#pragma push_macro("filter")
#pragma push_macro("timeout")
#pragma push_macro("scroll")
#pragma push_macro("border")
#pragma push_macro("signals")
#pragma push_macro("slots")
#pragma push_macro("emit")
#pragma push_macro("foreach")
#pragma push_macro("length")
#pragma push_macro("error")

// The C library, BSD, Linux and POSIX
#undef I
#undef complex
#undef imaginary
#undef major
#undef minor
#undef index
#undef rindex
#undef unix
#undef linux
#undef likely
#undef unlikely
#undef current
// Apple's AssertMacros.h and old test frameworks
#undef check
#undef verify
#undef require
#undef fail
#undef assert_equal
// Windows
#undef min
#undef max
#undef near
#undef far
#undef small
#undef interface
#undef ERROR
#undef FAILED
#undef RGB
#undef CMYK
#undef CONST
#undef VOID
#undef IN
#undef OUT
#undef OPTIONAL
#undef DELETE
#undef NO_ERROR
#undef STRICT
#undef IGNORE
// X11
#undef None
#undef Bool
#undef Status
#undef Success
#undef True
#undef False
#undef Always
#undef Above
#undef Below
#undef Complex
#undef Convex
#undef Unsorted
// Arduino
#undef F
#undef B1
#undef abs
#undef round
#undef sq
#undef bit
#undef radians
#undef degrees
#undef constrain
#undef DEFAULT
// curses, Qt, R
#undef move
#undef clear
#undef erase
#undef filter
#undef timeout
#undef scroll
#undef border
#undef signals
#undef slots
#undef emit
#undef foreach
#undef length
#undef error

#endif
