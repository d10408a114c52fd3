// SPDX-License-Identifier: MIT
// A physics-informed network: a small tanh network becomes the solution of Burgers' equation
//   u_t + u·u_x = (0.01/π)·u_xx,   u(x, 0) = −sin πx,   u(±1, t) = 0,   −1 ≤ x ≤ 1, 0 ≤ t ≤ 1
// without seeing one value of it: the loss is what is left of the equation at random points, with
// u_t, u_x and u_xx by differentiating the network with respect to its inputs.
//
//   pinn              about 20 s on one free core; seeds 1 to 3 end with residual loss 4e-4 to 6e-4
//                     and relative L2 error 0.6 % to 0.9 %; --help lists all flags
//   pinn --quick      a tenth of the steps: residual loss 0.03, error 11 %
//
// The solution steepens into a shock at x = 0. It is compared with the exact one (Hopf 1950, Cole
// 1951); --out holds solution.png, slices.csv and model.safetensors afterwards.
// Exit status: 0, 2 for wrong input, 130 after Ctrl-C.
#include <cmath>
#include <cstdio>
#include <numbers>

#include "program.hpp"
#include "tinygrad/tinygrad.hpp"

using namespace tinygrad;
using std::numbers::pi;

namespace {

constexpr double kViscosity = 0.01 / pi;

struct Options : RunOptions {
  Options() : RunOptions{.out = "outputs/pinn"} {}

  Index points = 2000, width = 20, depth = 4;
  int adam_steps = 500, lbfgs_steps = 3000;
  double lr = 5e-3;
  bool quick = false;
};

/// Coordinates of points, each (N, 1) float64.
struct Points {
  Tensor x, t;
};

/// u(x, t) = −sin πx · exp(t·net(x, t)): the values at t = 0 and x = ±1, and u(0, t) = 0, which
/// follows from the symmetry, are right whatever the network says; left to learn is the equation.
struct Solution final : nn::Module {
  std::vector<nn::Linear> layers;

  Solution(const Options& o, Generator weights) {
    Index in = 2;
    for (Index i = 0; i < o.depth; ++i, in = o.width)
      layers.emplace_back(in, o.width, nn::LinearOptions{}, weights);
    layers.emplace_back(in, 1, nn::LinearOptions{}, weights);
    for (nn::Linear& layer : layers) {
      nn::init::xavier_normal_(layer.weight, 1, weights);
      nn::init::zeros_(layer.bias);
    }
    to(float64);
  }

  void members(nn::Members& m) override {
    for (std::size_t i = 0; i < layers.size(); ++i) m("fc" + std::to_string(i + 1), layers[i]);
  }

  Tensor at(const Points& p) {
    Tensor h = concat({p.x, p.t}, 1);                                            // (N, 2)
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) h = tanh(layers[i](h));  // (N, width)
    return -sin(p.x * pi) * exp(p.t * layers.back()(h));                         // (N, 1)
  }
};

/// Random points, half of them near the shock. They require gradients: u_x and u_t are wanted.
Points draw_points(Index n, Generator random) {
  const Tensor x = concat({uniform(-1, 1, {n - n / 2, 1}, random, float64),
                           uniform(-0.1, 0.1, {n / 2, 1}, random, float64)});
  Points p{x, uniform(0, 1, {n, 1}, random, float64)};
  p.x.requires_grad_();
  p.t.requires_grad_();
  return p;
}

/// Mean square of what is left of the equation. In the shock u_x reaches −150; the divisor keeps
/// the few points there from drowning all others.
Tensor residual_loss(Solution& u_at, const Points& p) {
  const BackwardOptions differentiable{.create_graph = true};
  // Each u depends on its own point only, so the gradient of the sum holds every point's
  // derivative.
  const Tensor u = u_at.at(p);
  const auto first = grad({sum(u)}, {p.x, p.t}, {}, differentiable);
  const Tensor u_x = first[0], u_t = first[1];
  const Tensor u_xx = grad(sum(u_x), p.x, {}, differentiable);
  const Tensor left = u_t + u * u_x - kViscosity * u_xx;
  return mean(square(left / (1 + 0.1 * abs(u_x))));
}

/// The exact solution: the Cole–Hopf integrals over η, by the trapezoid rule, which is accurate to
/// rounding for such smooth bells.
double exact_solution(double x, double t) {
  if (t == 0) return -std::sin(pi * x);
  constexpr int n = 500;
  const double reach = std::sqrt(600 * kViscosity * t);  // beyond it the weight is below e⁻¹⁰⁰
  double above = 0, below = 0;
  for (int i = -n; i <= n; ++i) {
    const double eta = reach * i / n, y = x - eta;
    const double weight =
        std::exp((1 - std::cos(pi * y)) / (2 * pi * kViscosity) - eta * eta / (4 * kViscosity * t));
    above -= std::sin(pi * y) * weight;
    below += weight;
  }
  return above / below;
}

/// The rectangle as a grid, row j at time t = j/(kTimes − 1), and the exact solution there.
struct Grid {
  static constexpr Index kTimes = 101, kPlaces = 201;
  Points points;
  Tensor exact;  // (kTimes·kPlaces, 1)
};

Grid make_grid() {
  constexpr Index n = Grid::kTimes * Grid::kPlaces;
  const auto tx =
      meshgrid({linspace(0, 1, Grid::kTimes, float64), linspace(-1, 1, Grid::kPlaces, float64)});
  const Points points{reshape(tx[1], {n, 1}), reshape(tx[0], {n, 1})};
  const Tensor exact = zeros({n, 1}, float64);
  for (Index i = 0; i < n; ++i)
    exact.data<double>()[i] =
        exact_solution(points.x.data<double>()[i], points.t.data<double>()[i]);
  return {points, exact};
}

/// |u − exact| / |exact| over the whole grid.
double relative_error(Solution& u_at, const Grid& grid) {
  const NoGradGuard no_grad;
  const Tensor error = u_at.at(grid.points) - grid.exact;
  return std::sqrt(sum(square(error)).item() / sum(square(grid.exact)).item());
}

/// Blue for −1, white for 0, red for 1. Shapes  x (…) → (…, 3) uint8
Tensor colors(const Tensor& x) {
  const Tensor red = tensor({178, 24, 43}, float64), blue = tensor({33, 102, 172}, float64);
  const Tensor v = unsqueeze(clamp(x, -1, 1), -1);
  return to(round(255 + relu(v) * (red - 255) + relu(-v) * (blue - 255)), uint8);
}

/// Three panels from the top: the network, the exact solution, the error, scaled to its largest. In
/// each x goes to the right and t up; a grid point has 3 × 2 pixels.
void write_picture(const std::string& path, const Tensor& u, const Tensor& exact, double largest) {
  const Tensor values =
      reshape(stack({u, exact, (u - exact) / largest}), {3, Grid::kTimes, Grid::kPlaces});
  const Tensor pixels = repeat_interleave(repeat_interleave(flip(values, {1}), 2, 1), 3, 2);
  const Tensor framed = pad(colors(pixels), {0, 0, 0, 0, 4, 4}, PadMode::kConstant, 60);
  write_png(path, flatten(framed, 0, 1).array());  // (3, H, W, 3) → (3·H, W, 3)
}

/// "t,x,u,exact" for five times.
void write_slices(const std::string& path, const Tensor& u, const Grid& grid) {
  AtomicFile file({"write_slices"}, path);
  file.write("t,x,u,exact\n");
  for (Index i = 0; i < u.numel(); ++i) {
    if (i / Grid::kPlaces % 25 != 0) continue;  // t = 0, 0.25, 0.5, 0.75, 1
    char line[128];
    std::snprintf(line, sizeof line, "%.2f,%.2f,%.17g,%.17g\n", grid.points.t.data<double>()[i],
                  grid.points.x.data<double>()[i], u.data<double>()[i],
                  grid.exact.data<double>()[i]);
    file.write(line);
  }
  file.commit();
}

int solve(const Options& o) {
  const InterruptGuard interrupt;
  begin_run(o);
  const Generator random(o.seed);
  Solution u_at(o, random.split(0));
  const Points points = draw_points(o.points, random.split(1));
  const Grid grid = make_grid();
  std::printf("%ld parameters, %ld points; the relative error is over a grid of %ld\n",
              static_cast<long>(u_at.parameter_count()), static_cast<long>(o.points),
              static_cast<long>(grid.exact.numel()));

  const Stopwatch watch;
  const auto report = [&](const char* name, int step, double loss) {
    std::printf("%-6s %5d  residual loss %.2e  relative error %.2e  %5.1f s\n", name, step, loss,
                relative_error(u_at, grid), watch.seconds());
  };

  // Adam finds the way, L-BFGS then follows it far.
  optim::Adam adam(u_at.parameters(), {.lr = o.lr});
  for (int step = 1; step <= o.adam_steps && !interrupt.requested(); ++step) {
    const Tensor loss = residual_loss(u_at, points);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (step == 1 || step % 250 == 0) report("Adam", step, loss.item());
  }
  constexpr int kIterations = 50;  // in one call of step()
  optim::LBFGS lbfgs(u_at.parameters(), {.max_iter = kIterations,
                                         .tolerance_grad = 0,
                                         .tolerance_change = 0,
                                         .history_size = 50,
                                         .line_search_fn = optim::LineSearch::kStrongWolfe});
  for (int step = 0; step < o.lbfgs_steps && !interrupt.requested(); step += kIterations) {
    const Tensor before = lbfgs.step([&] {
      const Tensor loss = residual_loss(u_at, points);
      lbfgs.zero_grad();
      loss.backward();
      return loss;
    });
    if (step > 0 && step % 250 == 0) report("L-BFGS", step, before.item());
  }
  report("end", o.adam_steps + o.lbfgs_steps, residual_loss(u_at, points).item());

  const NoGradGuard no_grad;
  const Tensor u = u_at.at(grid.points);
  const double largest = amax(abs(u - grid.exact)).item();
  write_picture(o.out + "/solution.png", u, grid.exact, largest);
  write_slices(o.out + "/slices.csv", u, grid);
  save_model(o.out + "/model.safetensors", u_at);
  std::printf(
      "written to %s: slices.csv, model.safetensors, and solution.png with, from the top,\n"
      "the network, the exact solution, and their difference from -%.3f (blue) to %.3f (red)\n",
      o.out.c_str(), largest, largest);
  return interrupt.requested() ? kInterrupted : kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app("Solves Burgers' equation with a neural network", "pinn");
  const auto positive = CLI::PositiveNumber, not_negative = CLI::NonNegativeNumber;
  add_option(app, "--points", o.points, positive, "at which the equation shall hold");
  add_option(app, "--adam-steps", o.adam_steps, not_negative, "steps of Adam, first");
  add_option(app, "--lbfgs-steps", o.lbfgs_steps, not_negative,
             "iterations of L-BFGS after them, in fifties");
  add_option(app, "--lr", o.lr, positive, "Adam's learning rate");
  app.add_flag("--quick", o.quick, "a tenth of the steps: it runs, but has not converged");
  add_run_options(app, o);
  return run_program(app, argc, argv, [&] {
    if (o.quick) o.adam_steps /= 10, o.lbfgs_steps /= 10;
    return solve(o);
  });
}
