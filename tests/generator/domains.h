// What an operator's arguments must be beyond their types, as text: one line an operator.
//
//   {"aten::matmul", "self:[*,i,j] other:[*,j,k]"}
//
// A word is `ARGUMENT:SPEC`; letters stand for sizes and mean the same in the whole line. SPEC is one of
//   [*,i,2*c,1+w]   a tensor of these sizes; `*` any axes, up to two. Behind it `=CLASSES`: element types, `f` float32
//                   and float64, `q` float32 alone, `h` float16 too, `i` int64 and int32, `l` int64, `b` bool, `u` uint8, `c` complex64, `s` the one
//                   of the first tensor; and `~FILL`: values, `lo..hi`, `d` all different, `e` 0, 1, … in any order,
//                   `o` ascending, `3/2/1` these
//   SPEC;SPEC;SPEC  a list of such tensors; a list of one SPEC is of one to three like it
//   ~FILL, =CLASSES the same for a tensor of any shape
//   2..5            an integer; `0.1..0.9` a float
//   (1..3)x2        a list of two integers; `(1..3)xr` one for each axis of the first tensor
//   {0|"mean"|None} one of these
//   t{2|[1,2]}      one of these as a tensor that is known when exporting
//   #i              the size i as a number
//   @reshape        sizes with the first tensor's number of elements; @expand sizes that it broadcasts to;
//   @permutation @axes @axis @shape   a permutation of its axes, some of its axes, one, any small sizes
//   -               not given
// `!` before a SPEC: given even where None or a default is allowed. `->:2`: only the first two results are used.
#pragma once

#include <map>
#include <string>

namespace deploytool::testing::generator {

using Domain = std::map<std::string, std::string>;  ///< by argument

/// For `aten::conv2d.padding`: the line of that overload, else of its name, else nothing. What holds for arguments of a
/// name in every operator is in it too.
Domain domainOf(const std::string& row);

/// Why the generator makes no calls of the operator, or of all in a family but those that have a phrase (phrases.h); empty
/// where it does.
std::string leftOut(const std::string& row);
std::string leftOutFamily(const std::string& family);

}  // namespace deploytool::testing::generator
