// Reading class names off pickles.
#include "archive/pickle_globals.h"

#include "tests/catch.h"

using deploytool::archive::pickleGlobals;
using Names = std::vector<std::string>;
using namespace std::string_literals;

TEST_CASE("globals of a pickle of protocol 2", "[pickle]") {
  // A string with the letter of an opcode in it, a memo index of 99 ('c'), then the class.
  const std::string bytes = "\x80\x02}q\x00(X\x03\x00\x00\x00vecqcccollections\nOrderedDict\nq\x01)Rq\x02u."s;
  CHECK(pickleGlobals(bytes) == Names{"collections.OrderedDict"});
}

TEST_CASE("globals of a pickle of protocol 4 come from the stack and the memo", "[pickle]") {
  const std::string module = "\x8c\x03net\x94"s, first = "\x8c\x03One\x94\x93\x94"s, second = "h\x00\x8c\x03Two\x94\x93."s;
  const std::string bytes = "\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00"s + module + first + second;
  CHECK(pickleGlobals(bytes) == Names{"net.One", "net.Two"});
}

TEST_CASE("pickles that follow each other are counted", "[pickle]") {
  const std::string one = "\x80\x02" "ca\nA\n."s, two = "\x80\x02" "cb\nB\n."s;
  CHECK(pickleGlobals(one + two) == Names{"a.A"});
  CHECK(pickleGlobals(one + two, 2) == Names{"a.A", "b.B"});
}

TEST_CASE("damaged pickles end quietly", "[pickle]") {
  CHECK(pickleGlobals("").empty());
  CHECK(pickleGlobals("cno line ends").empty());
  CHECK(pickleGlobals("\x80\x02X\xff\xff\xff\xff" "abc"s).empty());
  CHECK(pickleGlobals("\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xff" "abc"s).empty());
  CHECK(pickleGlobals("\x80\x02\x93."s) == Names{"."});
  CHECK(pickleGlobals("\xff"s).empty());
  CHECK(pickleGlobals("\x80\x02r\xff\xff\xff\xffj\xff\xff\xff\xff."s).empty());
}
