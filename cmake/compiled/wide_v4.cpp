// SPDX-License-Identifier: MIT
// The kernels with explicit vectors at level v4, for the compiled library; see kernels/simd/wide.hpp.
#include "tinygrad/core/cpu_level.hpp"

#if TINYGRAD_HAS_CPU_LEVELS
#define TINYGRAD_WIDE_LEVEL 4
#include "tinygrad/kernels/conv/depthwise.hpp"
#include "tinygrad/kernels/conv/direct.hpp"
#include "tinygrad/kernels/conv/winograd/winograd.hpp"
#include "tinygrad/kernels/matrix/gemm_panels.hpp"
#include "tinygrad/kernels/movement/transpose.hpp"
#include "tinygrad/kernels/pool/pairs_of_lines.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace conv::depthwise::inline wide_v4 {
template void forward<float>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                             const Array&);
template void forward<double>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                              const Array&);
template void grad_input<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                const Array&);
template void grad_input<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                  const Array&);
}  // namespace conv::depthwise::wide_v4

namespace conv::direct::inline wide_v4 {
template void forward<float>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                             const Array&);
template void forward<double>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                              const Array&);
template void grad_input<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                const Array&);
template void grad_input<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                  const Array&);
}  // namespace conv::direct::wide_v4

namespace conv::winograd::inline wide_v4 {
template void forward<float>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                             const Array&);
template void forward<double>(const Op&, const ConvShape&, const Array&, const Array&, const Array&,
                              const Array&);
template void grad_input<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                const Array&);
template void grad_input<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<float>(const Op&, const ConvShape&, const Array&, const Array&,
                                 const Array&);
template void grad_weight<double>(const Op&, const ConvShape&, const Array&, const Array&,
                                  const Array&);
}  // namespace conv::winograd::wide_v4

namespace detail::inline wide_v4 {
template void gemm_panels<float>(Index, Index, Index, float, const Matrix<float>&,
                                 const Matrix<float>&, float, float*, Index);
template void gemm_panels<double>(Index, Index, Index, double, const Matrix<double>&,
                                  const Matrix<double>&, double, double*, Index);
template void max_of_pairs<false, float>(const float*, Index, Index, float*, std::uint8_t*);
template void max_of_pairs<false, double>(const double*, Index, Index, double*, std::uint8_t*);
template void max_of_pairs<true, float>(const float*, Index, Index, float*, std::uint8_t*);
template void max_of_pairs<true, double>(const double*, Index, Index, double*, std::uint8_t*);
template void spread_to_pairs<float>(const float*, const std::uint8_t*, Index, Index, float*);
template void spread_to_pairs<double>(const double*, const std::uint8_t*, Index, Index, double*);
template void transpose(const tinygrad::detail::Word1*, Index, Index, Index,
                        tinygrad::detail::Word1*);
template void transpose(const tinygrad::detail::Word4*, Index, Index, Index,
                        tinygrad::detail::Word4*);
template void transpose(const tinygrad::detail::Word8*, Index, Index, Index,
                        tinygrad::detail::Word8*);
}  // namespace detail::wide_v4

}  // namespace tinygrad::kernels
#endif
