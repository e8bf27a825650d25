"""Measures in SQL: the words that ``Rule.sql`` puts together, as named lambdas for a WITH clause (``SQL_WORDS``).

Each measure gives an array of tuples (measure, part, value, n, k, low, high, reason). ``s`` is the map of sums: field, and
where there is a key ``\\x1f`` and the key, to amount.
"""

from measures.intervals import EXPANSION, TABLED, Z95, t_quantile
from measures.sketch import MIDDLE, ZERO
from schemas.timestamps import HOUR_MS

SHOWN = 5
"""Below so many cases a rate or mean is not shown (metrics 1.5)."""
_Z2 = Z95 * Z95
_NO_BUCKET = -1_000_000
_PAIRS = "CAST(s, 'Array(Tuple(String, Int64))')"
_KEY = "substring(row.1, length(field) + 2)"
_BUCKET = f"if(row.1 = '{ZERO}', {_NO_BUCKET}, toInt64OrZero(row.1))"
_NONE = {"k": "CAST(NULL, 'Nullable(Int64)')", "x": "CAST(NULL, 'Nullable(Float64)')", "why": "CAST(NULL, 'Nullable(String)')"}
_MIDDLE = f"k / n + {_Z2} / (2 * n)"
_HALF = f"{Z95} * sqrt(k / n * (1 - k / n) / n + {_Z2} / (4 * n * n))"
_LOW = f"if(k = 0, 0, ({_MIDDLE} - {_HALF}) / (1 + {_Z2} / n))"
_HIGH = f"if(k = n, 1, ({_MIDDLE} + {_HALF}) / (1 + {_Z2} / n))"
_N = "arraySum(row -> row.2, rows)"
_AT_RANK = f"rows[arrayFirstIndex(c -> c > q * ({_N} - 1), arrayCumSum(row -> row.2, rows))].1"
_HOURS = f"if({_AT_RANK} = {_NO_BUCKET}, 0., {MIDDLE} * pow(101 / 99, {_AT_RANK})) / {HOUR_MS}"
_WORDS = "splitByChar('\\x1f', row.1)"
_GRADES = f"toInt64OrZero({_WORDS}[-1])"
_PART = f"arrayStringConcat(arrayPopBack({_WORDS}), '\\x1f')"
_PARTS = "if(empty(rows), [], arraySort(arrayDistinct(arrayConcat([''], arrayMap(row -> row.1, rows)))))"
_SUMS = (
    "arraySum(row -> row.4, mine), arraySum(row -> row.2 * row.4, mine), arraySum(row -> row.3 * row.4, mine), "
    "arraySum(row -> pow(row.2 + row.3, 2) * row.4, mine)"
)
_BOTH = "((of.3 + of.4) / (2 * of.2))"
_SPREAD = f"t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * {_BOTH} * {_BOTH}) / (of.2 - 1), 0)) / sqrt(of.2)"
_SIDE = f"multiIf(side = 'both', {_BOTH}, side = 'effectiveness', of.3 / of.2, of.4 / of.2)"
_WITH_INTERVAL = "side = 'both' AND NOT team AND of.2 > 1"
_TABLE = ", ".join(repr(t_quantile(freedom)) for freedom in range(1, TABLED + 1))
_BEYOND = " + ".join(f"{factor} / pow(freedom, {power})" for power, factor in enumerate(EXPANSION, 1))

SQL_WORDS = ",\n".join(
    f"    ({arguments}) -> {body} AS {name}"
    for name, arguments, body in (
        (
            "keyed",
            "s, field",
            f"arraySort(arrayMap(row -> ({_KEY}, row.2), "
            f"arrayFilter(row -> startsWith(row.1, concat(field, '\\x1f')) AND row.2 != 0, {_PAIRS})))",
        ),
        (
            "share",
            "measure, part, k, n",
            f"(measure, part, if(n < {SHOWN}, NULL, k / n), toUInt64(n), toNullable(toInt64(k)), "
            f"if(n < {SHOWN}, NULL, {_LOW}), if(n < {SHOWN}, NULL, {_HIGH}), if(n < {SHOWN}, 'min_n', NULL))",
        ),
        (
            "mean_of",
            "measure, value, n, cases",
            f"(measure, '', if(cases < {SHOWN} OR n = 0, NULL, value), toUInt64(n), {_NONE['k']}, {_NONE['x']}, {_NONE['x']}, "
            f"if(cases < {SHOWN} OR n = 0, 'min_n', NULL))",
        ),
        (
            "counted",
            "measure, n",
            f"(measure, '', toNullable(toFloat64(n)), toUInt64(n), {_NONE['k']}, {_NONE['x']}, {_NONE['x']}, {_NONE['why']})",
        ),
        ("buckets", "s, field", f"arraySort(arrayMap(row -> ({_BUCKET}, row.2), keyed(s, field)))"),
        (
            "mean_hours",
            "measure, rows, ms",
            f"(measure, '', if(empty(rows), NULL, ms / {_N} / {HOUR_MS}), toUInt64({_N}), {_NONE['k']}, {_NONE['x']}, "
            f"{_NONE['x']}, if(empty(rows), 'min_n', NULL))",
        ),
        (
            "quantile_hours",
            "measure, rows, q",
            f"(measure, '', if(empty(rows), NULL, {_HOURS}), toUInt64({_N}), {_NONE['k']}, {_NONE['x']}, {_NONE['x']}, "
            "if(empty(rows), 'min_n', NULL))",
        ),
        ("votes_of", "s, field", f"arrayMap(row -> ({_PART}, intDiv({_GRADES}, 10), {_GRADES} % 10, row.2), keyed(s, field))"),
        ("t_quantile", "freedom", f"if(freedom <= {TABLED}, [{_TABLE}][freedom], {Z95} + {_BEYOND})"),
        (
            "graded",
            "rows",
            f"arrayMap(part -> arrayMap(mine -> (part, {_SUMS}), [arrayFilter(row -> part = '' OR row.1 = part, rows)])[1], "
            f"{_PARTS})",
        ),
        (
            "rated",
            "measure, side, team, rows",
            f"arrayMap(of -> (measure, of.1, toNullable(toFloat64({_SIDE})), toUInt64(of.2), {_NONE['k']}, "
            f"if({_WITH_INTERVAL}, greatest({_BOTH} - {_SPREAD}, 1), NULL), "
            f"if({_WITH_INTERVAL}, least({_BOTH} + {_SPREAD}, 5), NULL), {_NONE['why']}), graded(rows))",
        ),
    )
)
"""Behind WITH, before an expression of ``Rule.sql``."""
