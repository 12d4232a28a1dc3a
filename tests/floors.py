"""The house by its imports: rooms, floors and arrows.

A room is a folder of tdabench/, a module beside them, or reproductions/. An arrow points from a room to one that it
imports from, anywhere in its code. A room stands one floor above the highest room that it rests on.

    python tests/floors.py        prints the floors, from the top down
"""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("tdabench", "reproductions")


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Dotted name -> file, of every module of the project."""
    files = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def imports(file: Path, known=()) -> set[str]:
    """Dotted names that a file imports, also within functions; of `from a import b` it is a.b where that is `known`."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= parts & set(known) | ({node.module} if parts - set(known) else set())
    return names


def module_arrows(root: Path = ROOT) -> dict[str, set[str]]:
    """Module -> the modules of the project that it imports."""
    known = modules(root)
    return {name: (imports(file, known) & known.keys()) - {name} for name, file in known.items()}


def room(module: str) -> str:
    """The room that a module lies in."""
    parts = module.split(".")
    return parts[0] if parts[0] == "reproductions" or len(parts) == 1 else parts[1]


def room_arrows(root: Path = ROOT) -> dict[str, set[str]]:
    """Room -> the rooms that it imports from."""
    arrows = defaultdict(set)
    for module, targets in module_arrows(root).items():
        arrows[room(module)] |= {room(target) for target in targets} - {room(module), "tdabench"}
    return dict(arrows)


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Circles of arrows, one for each place at which one closes."""
    closed, path, done = [], [], set()

    def visit(name):
        if name in path:
            closed.append([*path[path.index(name) :], name])
        elif name not in done:
            path.append(name)
            for target in sorted(arrows.get(name, ())):
                visit(target)
            done.add(path.pop())

    for name in sorted(arrows):
        visit(name)
    return closed


def floors(arrows: dict[str, set[str]]) -> dict[str, int]:
    """Room -> its floor, from 1 on. The arrows must have no circle."""
    heights: dict[str, int] = {}

    def height(name):
        if name not in heights:
            heights[name] = 1 + max((height(target) for target in arrows.get(name, ())), default=0)
        return heights[name]

    return {name: height(name) for name in arrows}


def main() -> None:
    arrows = room_arrows()
    if closed := circles(arrows):
        raise SystemExit("\n".join(" -> ".join(circle) for circle in closed))
    heights = floors(arrows)
    lines = defaultdict(int)
    for name, file in modules().items():
        lines[room(name)] += len(file.read_text("utf-8").splitlines())
    for floor in range(max(heights.values()), 0, -1):
        print(f"floor {floor}")
        for name in sorted(name for name in heights if heights[name] == floor):
            print(f"    {name:<14}{lines[name]:>6} lines -> {', '.join(sorted(arrows[name])) or 'nothing'}")
    print(f"{len(heights)} rooms, {max(heights.values())} floors, {sum(map(len, arrows.values()))} arrows")


if __name__ == "__main__":
    main()
