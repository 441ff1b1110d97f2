"""XML of unknown origin as a small tree that remembers its line numbers, parsed with defusedxml."""

import xml.sax
from dataclasses import dataclass, field
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml.sax
from defusedxml.common import DefusedXmlException

MAX_BYTES = 10_000_000


class XmlError(ValueError):
    """Not XML, or XML that only an attacker would write; `line` is where, from 1, if the parser knows."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Node:
    """An element: its name, the line of its opening tag, attributes, own text and child elements."""

    tag: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def child(self, tag: str) -> "Node | None":
        return next(self.all(tag), None)

    def all(self, tag: str) -> "filter[Node]":
        return filter(lambda node: node.tag == tag, self.children)

    def text_of(self, *tags: str) -> str:
        """The stripped text of the element down that path; "" where there is none."""
        node: Node | None = self
        for tag in tags:
            node = node and node.child(tag)
        return node.text.strip() if node else ""


class _TreeHandler(xml.sax.ContentHandler):
    """Builds the tree; the parser hands it a locator, which is the one source of line numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Node("", 0, {})
        self._open = [self.top]
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        line = (self._locator.getLineNumber() if self._locator else None) or 0
        node = Node(name, line, dict(attrs.items()))
        self._open[-1].children.append(node)
        self._open.append(node)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def parse_xml(content: bytes) -> Node:
    """The root element of a document; raises `XmlError`.

    Entity declarations and external references are refused, not expanded, so a document can neither grow in
    memory nor reach for other files; what is larger than `MAX_BYTES` is no annotation.
    """
    if len(content) > MAX_BYTES:
        raise XmlError(f"{len(content)} bytes, more than any annotation has")
    handler = _TreeHandler()
    try:
        defusedxml.sax.parseString(content, handler)
    except DefusedXmlException as error:
        raise XmlError("it declares entities or refers to other files, which is refused") from error
    except xml.sax.SAXParseException as error:
        raise XmlError(error.getMessage(), error.getLineNumber()) from error
    except (LookupError, ValueError) as error:
        raise XmlError(f"{error}; save it as UTF-8") from error
    return handler.top.children[0]
