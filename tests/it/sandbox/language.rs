//! Attacks with the language itself: functions over huge values, formats and types.
//!
//! Such a script may be refused or do no harm. Loops and large values are in `attacks.rs`, invalid sources in `texts.rs`.

use super::attacks::{SHORT, each_ends_in_time, sources};
use crate::waiting::patience;

/// Functions that read all of their argument.
#[test]
fn functions_over_huge_ranges() {
    let calls = [
        "min(H)",
        "sorted(H, key = lambda x: -x)",
        "any(range(0, -2000000000, -1))",
        "all(range(1, 2000000000))",
        "zip(H, H)",
        "enumerate(H)",
        "reversed(H)",
        "tuple(H)",
        "dict(zip(H, H))",
        "2000000001 in H",
        "H == range(1999999999)",
        "[1].extend(H)",
        "set().update(H)",
        "','.join([str(x) for x in H])",
        "{}.update([(x, x) for x in H])",
        "hash('x' * 60000000)",
        "max(H, key = lambda x: x)",
        "[].index(1) or list(H)",
    ];
    let bodies =
        calls.map(|call| format!("x = {}\nreturn []", call.replace('H', "range(2000000000)")));
    each_ends_in_time("psm-ranges", SHORT, &sources(&bodies.each_ref().map(String::as_str)));
}

/// These are stopped by the rule against recursion, not by the clock.
#[test]
fn calls_in_a_circle() {
    let circles = [
        "def a(x):\n  return b(x)\ndef b(x):\n  return c(x)\ndef c(x):\n  return a(x)\ndef check_context(docs, context):\n  return a(1)\n",
        "def check_context(docs, context):\n  fs = {}\n  def f(n):\n    return fs['f'](n + 1)\n  fs['f'] = f\n  return f(0)\n",
        "def check_context(docs, context):\n  y = lambda f: (lambda x: x(x))(lambda x: f(lambda v: x(x)(v)))\n  return y(lambda s: lambda n: s(n + 1))(0)\n",
        "def f(n, g = None):\n  return (g or f)(n + 1)\ndef check_context(docs, context):\n  return f(0)\n",
        "def f(x):\n  return sorted([x, x], key = f)\ndef check_context(docs, context):\n  return f(1)\n",
        "def check_context(docs, context):\n  l = []\n  def f(x):\n    return max(l, key = l[0])\n  l.append(f)\n  return f(0)\n",
        "def f(n):\n  return [f(x) for x in [n]]\ndef check_context(docs, context):\n  return f(0)\n",
        "def f(*a, **k):\n  return f(*(a + a), **k)\ndef check_context(docs, context):\n  return f(1, 2)\n",
    ];
    let mut circles = circles.map(str::to_owned).to_vec();
    // This is not a circle, but nests as deep.
    let chain = (0..500).map(|n| format!("def f{n}(x):\n  return f{}(x)\n", n + 1));
    let end = "def f500(x):\n  return x\ndef check_context(docs, context):\n  return f0([])\n";
    circles.push(chain.collect::<String>() + end);
    for (source, judged) in each_ends_in_time("psm-circles", patience(), &circles) {
        let error = judged.expect_err(&source).to_string();
        let expected = ["called itself", "stack"];
        assert!(expected.iter().any(|reason| error.contains(reason)), "{source}: {error}");
    }
}

#[test]
fn text_and_numbers_that_grow() {
    let bodies = [
        "x = ('ab' * 1000000).split('b')\nx = [x] * 100000\nreturn [{'summary': str(x), 'severity': 'info'}]",
        "x = list(('a' * 100000000).elems())\nreturn []",
        "x = list(('a' * 100000000).codepoints())\nreturn []",
        "x = ('a\\n' * 50000000).splitlines()\nreturn []",
        "x = ''.join([('a' * 1000000)] * 1000)\nreturn []",
        "x = ('a' * 1000000).replace('', 'b' * 1000)\nreturn []",
        "x = ('a' * 5000000)\nfor i in range(1000000):\n  x.count('aab')\nreturn []",
        "x = ('a' * 5000000)\nfor i in range(1000000):\n  x.find('a' * 1000 + 'b')\nreturn []",
        "x = ('A' * 5000000)\nfor i in range(1000000):\n  x = x.lower().upper().title()\nreturn []",
        "t = (1,)\nfor i in range(100):\n  t = t + t\nreturn []",
        "d = {}\nfor i in range(100):\n  d = {i: d, 'd': d}\nreturn [{'summary': str(d), 'severity': 'info'}]",
        "s = set()\nfor i in range(100000000):\n  s.add(i)\nreturn []",
        "n = 2\nfor i in range(100):\n  n = n * n\nreturn [{'summary': str(n), 'severity': 'info'}]",
        "n = 1 << 2000000\nfor i in range(1000):\n  n = n * n\nreturn []",
        "n = 1 << 30000000\nreturn [{'summary': str(n), 'severity': 'info'}]",
        "n = 1 << 100000000\nreturn [{'summary': '%d %x %o' % (n, n, n), 'severity': 'info'}]",
        "n = int('9' * 1000000)\nreturn []",
        "for base in range(2, 37):\n  int('1' * 1000000, base)\nreturn []",
        "n = int('z' * 10000000, 36)\nreturn [{'summary': repr(n), 'severity': 'info'}]",
        "n = int('f' * 5000000, 16)\nx = {n: 1}\nreturn [] if hash(str(n)) else n // 3 % 7",
        "n = (1 << 4000000)\nm = (1 << 2000000) + 1\nfor i in range(100):\n  n // m\nreturn []",
        "return [] if float(1 << 1000000) else None",
        "x = 1.5 * (1 << 100000)\nreturn []",
    ];
    each_ends_in_time("psm-growth", SHORT, &sources(&bodies));
}

#[test]
fn formats_and_prints() {
    let bodies = [
        "return '{:>9999999999}'.format(1)",
        "return '%*d' % (999999999, 1)",
        "return '%999999999d' % 1",
        "return '{0[0][0]}'.format([[1]])",
        "return ('{}' * 1000000).format(*range(1000000))",
        "return ('{0}' * 1000000).format('x' * 100000)",
        "return ('{a}' * 1000000).format(a = 'x' * 1000)",
        "return ('%s' * 1000000) % tuple(range(1000000))",
        "return '{99999999999999999999}'.format(1)",
        "return ('{' * 500000 + '}' * 500000).format(1)",
        "return ('{!r' * 100000).format(1)",
        "for i in range(1000000):\n  print('x')\nreturn []",
        "print('x' * 100000000)\nreturn []",
        "print(*range(1000000))\nreturn []",
        "for i in range(1000000):\n  print('x' * 100000)\nreturn []",
        "x = []\nx.append(x)\nprint(x)\nreturn [{'summary': repr(x), 'severity': 'info'}]",
        "d = {}\nd['d'] = [d]\nprint(d, str(d), '{}'.format(d), '%s' % d)\nreturn []",
        "x = []\nfor i in range(100000):\n  x = [x]\nprint(x)\nreturn []",
        "x = []\nfor i in range(100000):\n  x = (x,)\nreturn {x: 1}",
        "x = ()\nfor i in range(1000000):\n  x = (x,)\nreturn {x: 1}",
        "x, y = [], []\nx.append(y)\ny.append(x)\nreturn [] if x == y else x",
        "x, y = [], []\nfor i in range(100000):\n  x, y = [x], [y]\nreturn [] if x < y else x",
        "fail('x' * 100000000)",
        "fail(*range(1000000))",
        "return 'x' * 100000000",
    ];
    each_ends_in_time("psm-formats", SHORT, &sources(&bodies));
}

#[test]
fn types_and_names() {
    let bodies = [
        "return [[getattr(x, n) for n in dir(x)] for x in ['', [], {}, set(), 1, 1.0, None, ()]]",
        "return [{'summary': '{} {}'.format(getattr([], 'append'), len), 'severity': 'info'}]",
        "return [getattr(getattr, 'x' * 1000000, 1)]",
        "sorted([1, 'a', None, {}, []])\nreturn []",
        "sorted([3, 1, 2], key = lambda x: 'a' if x == 1 else x)\nreturn []",
        "sorted([1, 2], key = 5)\nreturn []",
        "x = [1, 2, 3]\nfor y in x:\n  x.append(y)\nreturn []",
        "x = {1: 1}\nfor y in x:\n  x[y + 1] = 1\nreturn []",
        "x = [1, 2, 3]\n[x.pop() for y in x]\nreturn []",
        "x = [3, 2, 1]\nsorted(x, key = lambda y: x.append(y))\nreturn []",
        "x = {1: 1}\nx.update([(i, x.pop(i, 1)) for i in x])\nreturn []",
        "x = {str(i): i for i in range(1000000)}\nreturn [{'summary': 's', 'severity': 'info', 'labels': x}]",
        "x = {'a' * i: i for i in range(20000)}\nreturn []",
        "x = {float(i) * 4294967296.0: i for i in range(100000)}\nreturn [] if len(x) else None",
        "x = {i << 64: i for i in range(100000)}\nreturn [] if len(x) else None",
        "x = {(i,) * 1000: i for i in range(100000)}\nreturn []",
        "x = set([(i, i) for i in range(1000000)])\nreturn []",
    ];
    each_ends_in_time("psm-types", SHORT, &sources(&bodies));
}

/// Attempts to leave the sandbox, or to change values that do not belong to the script.
#[test]
fn ways_out_that_do_not_exist() {
    let bodies = [
        "hasattr(docs, '__class__') or getattr(docs, '__globals__')\nreturn []",
        "docs[0].append(1)",
        "context.clear()",
        "docs[0][0]['lag'] = docs\nreturn []",
        "x: int = 'a'\nreturn []",
        "load('x', 'y')\nreturn []",
        "import os",
        "return eval('1')",
        "return __builtins__",
        "return open('/etc/passwd')",
        "while True:\n  pass",
        "return [] if 1 is 1 else None",
        "return (yield 1)",
        "return docs@context",
        "global docs",
        "check_context.x = 1",
        "return '{0.__class__}'.format(1)",
        "return ''.__class__",
    ];
    for (source, judged) in each_ends_in_time("psm-doors", patience(), &sources(&bodies)) {
        assert!(judged.is_err(), "{source}");
    }
}
