// SPDX-License-Identifier: MIT
// Reads the headers of ops/ into families of documented functions, and writes the pages of
// docs/ops/ from them and from the rows of the op-case table. The rules are in
// docs/adding_an_op.md.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "markdown.hpp"
#include "support/op_cases.hpp"

namespace ops_page {

using markdown_text::Anchors;
using markdown_text::is_word;

constexpr std::array kFieldNames = {"Shapes", "Grad", "Saves",  "Throws", "Range",
                                    "Error",  "Cost", "Source", "PyTorch"};

struct Field {
  std::string name, text;
};

/// One `///` block and the functions below it.
struct Block {
  int line = 0;
  bool documented = false;
  std::vector<std::string> signatures = {};  ///< as a user calls them
  std::vector<std::string> names = {};       ///< of the functions, each once
  std::vector<std::string> types = {};       ///< structs and enums that stand before it
  std::string text = {};                     ///< what comes before the fields
  std::vector<Field> fields = {};

  bool has(const std::string& field) const {
    return std::any_of(fields.begin(), fields.end(), [&](auto& f) { return f.name == field; });
  }
};

/// One header of ops/.
struct Family {
  std::string name;  ///< "elementwise/activation"
  std::vector<std::string> head = {};
  std::string remark = {};  ///< what "All of them:" says
  std::vector<Block> blocks = {};
  std::vector<std::string> operators = {};  ///< "+", "<=", …
  std::vector<std::string> types = {};      ///< those no function follows
};

// --- reading ---------------------------------------------------------------------------------

inline std::string trimmed(std::string_view s) {
  const auto first = s.find_first_not_of(' '), last = s.find_last_not_of(' ');
  return first == s.npos ? "" : std::string(s.substr(first, last - first + 1));
}

inline void append_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += ' ';
  text += trimmed(line);
}

/// The position of `c` outside all brackets; npos if there is none.
inline std::size_t find_outside(std::string_view s, char c, std::size_t from = 0) {
  int depth = 0;
  for (std::size_t i = from; i < s.size(); ++i) {
    if (s[i] == c && depth == 0) return i;
    if (s[i] == '(' || s[i] == '{' || s[i] == '<' || s[i] == '[') ++depth;
    if (s[i] == ')' || s[i] == '}' || s[i] == '>' || s[i] == ']') --depth;
  }
  return s.npos;
}

/// The parameters of "f(a, b)".
inline std::vector<std::string> parameters(const std::string& signature) {
  const auto open = signature.find('('), close = signature.rfind(')');
  std::vector<std::string> out;
  std::string_view rest = std::string_view(signature).substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const auto comma = find_outside(rest, ',');
    out.push_back(trimmed(rest.substr(0, comma)));
    rest = comma == rest.npos ? "" : rest.substr(comma + 1);
  }
  return out;
}

/// The signature on as many lines of 100 columns as it needs.
inline std::string join_signature(const std::string& start,
                                  const std::vector<std::string>& params) {
  std::string out = start + "(";
  std::size_t column = out.size();
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string text = params[i] + (i + 1 < params.size() ? "," : "");
    if (i > 0 && column + 1 + text.size() > 99) {
      out += "\n" + std::string(start.size(), ' ');
      column = start.size();
    }
    if (i > 0) out += ' ', ++column;
    out += text;
    column += text.size();
  }
  return out + ")";
}

/// "inline Tensor relu(const Tensor& x, At at = At::here()) {" as "Tensor relu(const Tensor& x)".
inline std::string user_signature(std::string text) {
  if (text.starts_with("template <"))
    text = trimmed(text.substr(find_outside(text, '>', text.find('<') + 1) + 1));
  if (text.starts_with("requires ")) text = text.substr(text.find("Tensor"));
  if (text.starts_with("inline ")) text = text.substr(7);
  constexpr std::string_view kUnused = "[[maybe_unused]] ";
  if (const auto at = text.find(kUnused); at != text.npos) text.erase(at, kUnused.size());
  const std::string start = text.substr(0, text.find('('));
  std::size_t close = text.find('(');
  for (int depth = 0; close < text.size(); ++close) {
    depth += text[close] == '(' ? 1 : text[close] == ')' ? -1 : 0;
    if (depth == 0) break;
  }
  std::vector<std::string> params = parameters(text.substr(0, close + 1));
  if (!params.empty() && params.back().starts_with("At at")) params.pop_back();
  return join_signature(start, params);
}

inline std::string name_of(const std::string& signature) {
  const std::string start = signature.substr(0, signature.find('('));
  return start.substr(start.find_last_of(" &*") + 1);
}

/// The signature without default values, by which a declaration and its definition are the same.
inline std::string key_of(const std::string& signature) {
  std::string out = name_of(signature);
  for (const std::string& p : parameters(signature)) out += "," + p.substr(0, p.find(" = "));
  return out;
}

/// Name and text of a field that begins on this line of a docstring; an empty name if none does.
inline Field field_of(const std::string& line) {
  for (const std::string name : kFieldNames)
    if (line.starts_with(name + "  ")) return {name, trimmed(line.substr(name.size()))};
  return {};
}

/// The field that begins in the middle of this line of a docstring, where it must not, or the word
/// at its beginning that is set like a field and is none; "" if there is no such thing.
inline std::string stray_field(const std::string& line) {
  std::size_t letters = 0;
  while (letters < line.size() && is_word(line[letters])) ++letters;
  if (letters > 0 && line[0] >= 'A' && line[0] <= 'Z' && line.compare(letters, 2, "  ") == 0 &&
      field_of(line).name.empty())
    return line.substr(0, letters);
  for (const std::string name : kFieldNames)
    for (auto at = line.find(name, 1); at != line.npos; at = line.find(name, at + 1)) {
      const bool ends = at + name.size() == line.size();
      const bool always = name == "Shapes" || name == "Grad" || name == "Saves" || name == "Throws";
      const std::string after = line.substr(at + name.size(), 2);
      if (line[at - 1] == ' ' && (after == "  " || (always && (ends || !is_word(after[0])))))
        return name;
    }
  return "";
}

inline void read_docstring(const std::vector<std::string>& doc, Block& block) {
  for (const std::string& line : doc) {
    if (Field field = field_of(line); !field.name.empty()) block.fields.push_back(std::move(field));
    else append_line(block.fields.empty() ? block.text : block.fields.back().text, line);
  }
}

/// A struct of data or an enum as it stands; of a struct with functions only what it is.
inline std::string type_text(const std::vector<std::string>& doc,
                             const std::vector<std::string>& lines) {
  std::string code;
  for (const std::string& line : doc) code += "/// " + line + "\n";
  const bool plain = std::none_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.substr(0, line.find("//")).find('(') != std::string::npos;
  });
  if (!plain) return code + lines[0].substr(0, lines[0].find_first_of("{:") - 1) + ";";
  for (const std::string& line : lines) code += line + (&line == &lines.back() ? "" : "\n");
  return code;
}

/// Drops the bare one of a declaration and a definition, and keeps the default values.
inline void merge_declarations(std::vector<Block>& blocks) {
  std::map<std::string, std::string> longest;
  std::map<std::string, bool> documented;
  for (const Block& block : blocks)
    for (const std::string& s : block.signatures) {
      std::string& best = longest[key_of(s)];
      if (s.size() > best.size()) best = s;
      documented[key_of(s)] = documented[key_of(s)] || block.documented;
    }
  std::vector<Block> kept;
  for (Block& block : blocks) {
    if (!block.documented && documented[key_of(block.signatures[0])]) continue;
    for (std::string& s : block.signatures) s = longest[key_of(s)];
    if (!block.documented) documented[key_of(block.signatures[0])] = true;  // the first stays
    kept.push_back(std::move(block));
  }
  blocks = std::move(kept);
}

/// Reads a header of ops/. `faults` gets a line for each docstring whose fields ran together.
inline Family read_family(const std::string& name, const std::string& header,
                          std::vector<std::string>& faults) {
  Family family{.name = name};
  std::vector<std::string> lines;
  std::istringstream in(header);
  for (std::string line; std::getline(in, line);) lines.push_back(line);

  std::vector<std::string> doc, pending;  // the `///` lines, and the types, of what comes next
  bool adjoining = false;                 // the line before ended a documented function
  bool body = false;                      // past the #pragma
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = lines[i];
    const int number = static_cast<int>(i) + 1;
    if (line.starts_with("namespace detail")) {
      while (i < lines.size() && !lines[i].starts_with("}  // namespace detail")) ++i;
    } else if (line.empty()) {
      doc.clear();
      adjoining = false;
    } else if (line.starts_with("#pragma")) {
      body = true;
    } else if (line.starts_with("///")) {
      doc.push_back(line.size() > 4 ? line.substr(4) : "");
      if (const std::string field = stray_field(doc.back()); !field.empty())
        faults.push_back("ops/" + name + ".hpp:" + std::to_string(number) + ": the field " + field +
                         " stands inside another; a field begins its own line");
    } else if (line.starts_with("// All of them:")) {
      append_line(family.remark, line.substr(3));
      while (i + 1 < lines.size() && lines[i + 1].starts_with("// "))
        append_line(family.remark, lines[++i].substr(3));
    } else if (line.starts_with("//")) {
      if (!body && line.find("SPDX") == line.npos) family.head.push_back(line.substr(2));
    } else if (line.starts_with("struct ") || line.starts_with("enum ")) {
      std::vector<std::string> type{line};
      while (line.back() == '{' && !lines[i].starts_with("}") && i + 1 < lines.size())
        type.push_back(lines[++i]);
      if (line.find('{') != line.npos) pending.push_back(type_text(doc, type));
      doc.clear();
    } else if (line.starts_with("inline constexpr")) {
      doc.clear();  // a constant
    } else if (line.starts_with("inline ") || line.starts_with("template <")) {
      std::string text = line;
      const auto depth = [&] {
        return std::count(text.begin(), text.end(), '(') -
               std::count(text.begin(), text.end(), ')');
      };
      const auto at_end = [&] {  // of the declaration
        const std::string& last = lines[i];
        return last.ends_with(";") ||
               (depth() == 0 && (last.ends_with("{") || last.ends_with("}")));
      };
      while (!at_end() && i + 1 < lines.size()) append_line(text, lines[++i]);
      if (lines[i].ends_with("{"))
        while (!lines[i].starts_with("}") && i + 1 < lines.size()) ++i;
      if (text.find("TINYGRAD_REFUSED") != text.npos) continue;  // it cannot be called
      const std::string start = text.substr(0, text.find('('));
      if (const auto at = start.find("operator"); at != start.npos) {
        const std::string symbol = trimmed(start.substr(at + 8));
        if (std::find(family.operators.begin(), family.operators.end(), symbol) ==
            family.operators.end())
          family.operators.push_back(symbol);
        continue;
      }
      if (start.size() == text.size() || start.find("concept") != start.npos ||
          start.find("struct") != start.npos || start.ends_with(" to_string"))
        continue;
      if (!(doc.empty() && adjoining)) {
        family.blocks.push_back({.line = number, .documented = !doc.empty()});
        family.blocks.back().types = std::move(pending);
        pending.clear();
        read_docstring(doc, family.blocks.back());
      }
      Block& block = family.blocks.back();
      block.signatures.push_back(user_signature(text));
      const std::string function = name_of(block.signatures.back());
      if (std::find(block.names.begin(), block.names.end(), function) == block.names.end())
        block.names.push_back(function);
      adjoining = block.documented;
      doc.clear();
    }
  }
  family.types = std::move(pending);
  merge_declarations(family.blocks);
  return family;
}

// --- checking --------------------------------------------------------------------------------

using Rows = std::vector<const tinygrad::test::OpCase*>;

/// The rows of a function: those in the file of its family, or those of its name elsewhere if that
/// file has none.
inline Rows rows_of(const std::string& function, const std::string& family,
                    const tinygrad::test::Rows& all) {
  Rows here, elsewhere;
  for (const auto& row : all)
    if (row.name.substr(0, row.name.find('/')) == function)
      (row.family == family ? here : elsewhere).push_back(&row);
  return here.empty() ? elsewhere : here;
}

inline bool differentiable(const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(), [](auto* row) { return row->differentiable; });
}

/// What a docstring lacks, one line each. An overload may leave Shapes and Grad to an earlier one.
inline std::vector<std::string> faults(const Family& family, const tinygrad::test::Rows& all) {
  std::vector<std::string> found;
  std::map<std::string, std::string> given;  // fields of the overloads so far
  for (const Block& block : family.blocks) {
    const std::string where =
        "ops/" + family.name + ".hpp:" + std::to_string(block.line) + ": " + block.names[0];
    if (!block.documented) {
      found.push_back(where + " has no docstring");
      continue;
    }
    for (const std::string& name : block.names)
      for (const Field& field : block.fields) given[name] += field.name;
    const auto has = [&](const std::string& field) {
      return given[block.names[0]].find(field) != std::string::npos ||
             family.remark.find(field) != std::string::npos;
    };
    if (!has("Shapes")) found.push_back(where + " has no field Shapes");
    if (differentiable(rows_of(block.names[0], family.name, all)) && !has("Grad"))
      found.push_back(where + " is differentiable and has no field Grad");
  }
  return found;
}

// --- writing ---------------------------------------------------------------------------------

/// Plain text as Markdown: what stands in backticks stays, other marks lose their meaning.
inline std::string markdown(const std::string& text) {
  std::string out;
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') code = !code;
    const bool inside =
        i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
    if (!code && (c == '*' || c == '<' || c == '~' || (c == '_' && !inside))) out += '\\';
    out += c;
  }
  return out;
}

/// x0, x1, … by the names of the function's tensors, where every one has a name.
inline std::string with_names(const std::string& torch, const std::string& signature) {
  std::vector<std::string> names;
  for (std::string p : parameters(signature)) {
    p = p.substr(0, p.find(" = "));
    if (p.starts_with("const Tensor& ") || p.starts_with("Tensor& ") ||
        p.starts_with("const Operand& "))
      names.push_back(p.substr(p.rfind(' ') + 1));
  }
  std::string out;
  for (std::size_t i = 0; i < torch.size();) {
    std::size_t end = i + 1;
    const bool starts = torch[i] == 'x' && (i == 0 || !is_word(torch[i - 1]));
    while (starts && end < torch.size() && std::isdigit(static_cast<unsigned char>(torch[end])))
      ++end;
    if (starts && end > i + 1 && (end == torch.size() || !is_word(torch[end]))) {
      const std::size_t k = std::stoul(torch.substr(i + 1, end - i - 1));
      if (k >= names.size()) return torch;
      out += names[k];
    } else {
      out += torch.substr(i, end - i);
    }
    i = end;
  }
  return out;
}

inline void write_bullet(std::ostream& out, const std::string& name, const std::string& text) {
  out << "- **" << name << "** " << text << "\n";
}

inline void write_code(std::ostream& out, const std::vector<std::string>& pieces) {
  out << "```cpp\n";
  for (const std::string& piece : pieces) out << piece << "\n";
  out << "```\n\n";
}

/// What the rows say of the functions of a block: PyTorch's expression, tolerances, differences. A
/// field PyTorch of the docstring goes before the expression of a row: for two functions of one name
/// in one file.
inline void write_rows(std::ostream& out, const Block& block, const std::string& family,
                       const tinygrad::test::Rows& all) {
  std::string torch, tolerance, difference;
  const auto add = [](std::string& list, const std::string& text, const char* between) {
    if (list.find(text) == std::string::npos) list += (list.empty() ? "" : between) + text;
  };
  for (std::size_t k = 0; k < block.names.size(); ++k) {
    const Rows rows = rows_of(block.names[k], family, all);
    const auto first =
        std::find_if(rows.begin(), rows.end(), [](auto* row) { return !row->torch.empty(); });
    if (first != rows.end() && !block.has("PyTorch"))
      add(torch, "`" + with_names((*first)->torch, block.signatures[k]) + "`", ", ");
    for (const auto* row : rows) {
      std::ostringstream number;
      number << row->tolerance;
      if (row->tolerance != 1e-5)
        add(tolerance, "within " + number.str() + ": " + markdown(row->tolerance_reason), "; ");
      if (!row->differs_from_torch.empty())
        add(difference, markdown(row->differs_from_torch), "; ");
    }
    if (k == 0 && !rows.empty() && !differentiable(rows) && !block.has("Grad"))
      write_bullet(out, "Grad", "none");
  }
  if (!torch.empty()) write_bullet(out, "PyTorch", torch);
  if (!difference.empty()) write_bullet(out, "Differs from PyTorch", difference);
  if (!tolerance.empty()) write_bullet(out, "float32", tolerance);
}

inline std::string heading(const Block& block) {
  std::string out;
  for (const std::string& name : block.names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// The head comment: paragraphs, and its indented lines as they stand.
inline void write_head(std::ostream& out, const std::vector<std::string>& head) {
  std::string text;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (!head[i].starts_with("  ")) {
      append_line(text, head[i]);
      continue;
    }
    out << markdown(text) << "\n\n```text\n";
    for (; i < head.size() && head[i].starts_with("  "); ++i) out << trimmed(head[i]) << "\n";
    out << "```\n";
    text.clear();
    --i;
  }
  out << markdown(text) << (text.empty() ? "\n" : "\n\n");
}

/// Calls f(block, whether it is an overload of the function above) for all blocks.
template <class F> void for_each_block(const Family& family, const F& f) {
  std::string last;
  for (const Block& block : family.blocks) {
    const bool overload = heading(block) == last;
    last = heading(block);
    f(block, overload);
  }
}

/// The page of a family.
inline std::string page(const Family& family, const tinygrad::test::Rows& all) {
  std::ostringstream out;
  const std::string up = family.name.find('/') == std::string::npos ? "" : "../";
  out << "# " << family.name << "\n\n";
  write_head(out, family.head);
  out << "`ops/" << family.name << ".hpp` · [all operations](" << up << "README.md)\n\n";
  if (!family.remark.empty()) out << "*" << markdown(family.remark) << "*\n\n";
  if (!family.operators.empty()) {
    out << "Operators:";
    for (const std::string& symbol : family.operators) out << " `" << symbol << "`";
    out << "\n\n";
  }
  if (!family.types.empty()) write_code(out, family.types);
  for_each_block(family, [&](const Block& block, bool overload) {
    if (!overload) out << "## " << heading(block) << "\n\n";
    std::vector<std::string> code = block.types;
    for (std::string& type : code) type += "\n";  // a blank line after each
    code.insert(code.end(), block.signatures.begin(), block.signatures.end());
    write_code(out, code);
    if (!block.text.empty()) out << markdown(block.text) << "\n\n";
    for (const Field& field : block.fields) write_bullet(out, field.name, markdown(field.text));
    if (!overload) write_rows(out, block, family.name, all);
    out << "\n";
  });
  std::string text = out.str();
  text.pop_back();
  return text;
}

/// The table of one room: its families and their operations, as links.
inline void write_room(std::ostream& out, const std::string& room,
                       const std::vector<Family>& families) {
  out << "## " << room << "\n\n| family | operations |\n|---|---|\n";
  for (const Family& family : families) {
    if (family.blocks.empty() || family.name.substr(0, family.name.find('/')) != room) continue;
    const std::string file = family.name + ".md";
    out << "| [" << family.name.substr(family.name.find('/') + 1) << "](" << file << ") |";
    Anchors anchors;
    anchors.of(family.name);  // the title of the page
    std::string anchor;
    const char* between = " ";
    for_each_block(family, [&](const Block& block, bool overload) {
      if (overload) return;
      anchor = anchors.of(heading(block));
      for (const std::string& name : block.names) {
        out << between << '[' << name << "](" << file << '#' << anchor << ')';
        between = " · ";
      }
    });
    out << " |\n";
  }
  out << "\n";
}

/// The index: how to read the pages, a table for each room, and the types of headers without
/// operations.
inline std::string index_page(const std::vector<Family>& families) {
  std::ostringstream out;
  out << "# Operations\n\n"
         "Every function on tensors, one page for each header of `include/tinygrad/ops/`. The text "
         "is made from the comments\nabove the functions and from their rows in the tests: the "
         "target `ops_page` writes all pages, and a test fails if one is\nout of date.\n\n"
         "- All of them are in namespace `tinygrad` and come with `#include "
         "<tinygrad/tensor.hpp>`. Each has one more parameter,\n  the line it is called from, "
         "which fills itself in.\n"
         "- `Operand` is a tensor or a number; `Index` is a 64-bit integer; dims count from the "
         "end if they are negative. `y` is\n  the result, `grad_y` its gradient, `…` any number "
         "of dims.\n"
         "- *Saves* is what stays in memory until backward. *Range* and *Error* say how far the "
         "numbers can be trusted. float32\n  results agree with the definition within 1e-5 where "
         "nothing else is said.\n"
         "- *PyTorch* is the expression whose values, gradients and second gradients the tests "
         "compare with, so it may hold the\n  numbers of that comparison.\n\n";
  std::vector<std::string> rooms, types;
  for (const Family& family : families) {
    const std::string room = family.name.substr(0, family.name.find('/'));
    if (family.blocks.empty()) types.insert(types.end(), family.types.begin(), family.types.end());
    else if (rooms.empty() || rooms.back() != room) rooms.push_back(room);
  }
  for (const std::string& room : rooms) write_room(out, room, families);
  if (!types.empty()) {
    out << "## Types of several families\n\n";
    write_code(out, types);
  }
  std::string text = out.str();
  text.pop_back();
  return text;
}

/// All pages by their path in docs/ops/.
inline std::map<std::string, std::string> pages(const std::vector<Family>& families,
                                                const tinygrad::test::Rows& all) {
  std::map<std::string, std::string> out{{"README.md", index_page(families)}};
  for (const Family& family : families)
    if (!family.blocks.empty()) out[family.name + ".md"] = page(family, all);
  return out;
}

}  // namespace ops_page
