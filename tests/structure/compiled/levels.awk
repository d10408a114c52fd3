# Reads `objdump -r` of the library and prints what the copies of kernels for v3 and v4 (core/at_cpu_level.hpp,
# kernels/simd/wide.hpp) call for each element: fused multiply-adds of the C library, and kernels' functions of numbers
# that were not inlined, so that they have the baseline's instructions. hurwitz_zeta is a series of its own length.
/^RELOCATION RECORDS FOR/ {
  level = /6CopiesI.*E2v[34]E/ || /7wide_v[34]/
  seen += level
  caller = $4
}
level && / R_X86_64_/ {
  callee = $3
  sub(/-0x[0-9a-f]+$/, "", callee)
  if (callee ~ /^fmaf?$/ || (callee ~ /^_ZN8tinygrad[a-z0-9_]*7kernels[a-z0-9_]*E[bijlmfd]+$/ && callee !~ /hurwitz_zeta/))
    if (!told[callee]++) print callee " is called by " caller
}
END {
  if (seen < 500) print "only " seen " functions for v3 and v4"
}
