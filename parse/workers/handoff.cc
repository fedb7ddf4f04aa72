#include "parse/workers/handoff.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace scraper::parse {

namespace {

// Room for one descriptor, aligned as the CMSG macros want it.
union ControlSpace {
  cmsghdr align;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

int descriptor_of(msghdr& header) {
  int descriptor = -1;
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control != nullptr && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
      control->cmsg_len == CMSG_LEN(sizeof(int))) {
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
  }
  return descriptor;
}

// When one end closes with messages unread, the other's next call fails once with ECONNRESET,
// before it is given what had been sent to it. That is no reason to lose it.
ssize_t receive_past_reset(int socket, msghdr& header, int flags) {
  for (int resets = 0;;) {
    const ssize_t size = ::recvmsg(socket, &header, flags);
    if (size >= 0) return size;
    if (errno == EINTR) continue;
    if (errno != ECONNRESET || ++resets > 1) return size;
  }
}

Receipt receive(int socket, msghdr& header, Wait wait, std::size_t& size) {
  const ssize_t got =
      receive_past_reset(socket, header, MSG_CMSG_CLOEXEC | (wait == Wait::kNo ? MSG_DONTWAIT : 0));
  size = 0;
  if (got < 0) {
    header.msg_controllen = 0;
    if (errno == ECONNRESET) return Receipt::kEnd;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Receipt::kNothingYet : Receipt::kBroken;
  }
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Receipt::kBroken;
  if (got == 0) return Receipt::kEnd;  // or an empty message, which neither end sends
  size = static_cast<std::size_t>(got);
  return Receipt::kMessage;
}

}  // namespace

MessageKind Incoming::kind() const {
  std::uint32_t number = 0;
  if (size >= sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
  return static_cast<MessageKind>(number);
}

bool Incoming::read(Batch& batch) const {
  if (size < offsetof(Batch, tasks) || size > sizeof batch) return false;
  std::memcpy(&batch, bytes.data(), size);
  return batch.kind == Batch::kKind && batch.count >= 1 && batch.count <= kMaxBatch &&
         batch.size() == size;
}

Receipt receive_message(int socket, Incoming& message, Wait wait, bool takes_descriptor) noexcept {
  message.descriptor = -1;
  message.size = 0;
  iovec part{message.bytes.data(), message.bytes.size()};
  ControlSpace control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (takes_descriptor) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
  }
  const Receipt receipt = receive(socket, header, wait, message.size);
  if (takes_descriptor && receipt != Receipt::kNothingYet)
    message.descriptor = descriptor_of(header);
  return receipt;
}

Receipt receive_parts(int socket, std::array<iovec, 2> parts, std::size_t& size,
                      Wait wait) noexcept {
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  return receive(socket, header, wait, size);
}

Receipt receive_piece(int socket, char* to, std::size_t size, Wait wait) noexcept {
  iovec part{to, size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  std::size_t got = 0;
  const Receipt receipt = receive(socket, header, wait, got);
  return receipt == Receipt::kMessage && got != size ? Receipt::kBroken : receipt;
}

bool send_parts(int socket, iovec* parts, std::size_t count, Wait wait) noexcept {
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = count;
  const int flags = MSG_NOSIGNAL | (wait == Wait::kNo ? MSG_DONTWAIT : 0);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &header, flags);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;  // a message goes whole or not at all
}

bool send_bytes(int socket, const void* bytes, std::size_t size, int descriptor,
                Wait wait) noexcept {
  iovec part{const_cast<void*>(bytes), size};
  ControlSpace control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  const int flags = MSG_NOSIGNAL | (wait == Wait::kNo ? MSG_DONTWAIT : 0);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &header, flags);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

namespace {

std::string lines_of(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(name).push_back('\n');
  return out;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

Hello to_hello(Handoff handoff, const PageOptions& page, std::chrono::microseconds max_cpu,
               std::uint64_t max_memory, std::size_t ring_bytes) {
  Hello hello;
  hello.handoff = static_cast<std::uint32_t>(handoff);
  hello.ring_bytes = handoff == Handoff::kPipe ? 0 : ring_bytes;
  hello.inbox_bytes = handoff == Handoff::kShm ? kInbox : 0;
  hello.max_memory = max_memory;
  hello.max_cpu_micros = static_cast<std::uint64_t>(max_cpu.count());
  hello.key0 = page.key.k0;
  hello.key1 = page.key.k1;
  hello.max_decoded = page.max_decoded;
  hello.max_ratio = page.max_ratio;
  hello.max_depth = page.max_depth;
  hello.parser = static_cast<std::uint32_t>(page.parser);
  hello.max_links = page.max_links;
  hello.max_url = page.max_url;
  hello.wants_text = page.wants_text ? 1 : 0;
  hello.links_as_resolved = page.links_as_resolved ? 1 : 0;
  hello.kinds = page.kinds;
  hello.follow = page.follow;
  hello.sorts_query = page.query_rules.sorts ? 1 : 0;
  const std::string names = lines_of(page.query_rules.strip);
  hello.strip_query_length =
      static_cast<std::uint32_t>(std::min(names.size(), hello.strip_query.size()));
  std::copy_n(names.begin(), hello.strip_query_length, hello.strip_query.begin());
  hello.agent_length = static_cast<std::uint32_t>(page.robots_agent.size());
  std::copy(page.robots_agent.begin(), page.robots_agent.end(), hello.agent.begin());
  return hello;
}

PageOptions page_options(const Hello& hello) {
  PageOptions page;
  page.key = {hello.key0, hello.key1};
  page.robots_agent.assign(hello.agent.data(),
                           std::min<std::size_t>(hello.agent_length, hello.agent.size()));
  page.wants_text = hello.wants_text != 0;
  page.links_as_resolved = hello.links_as_resolved != 0;
  page.query_rules.sorts = hello.sorts_query != 0;
  page.query_rules.strip =
      split_lines({hello.strip_query.data(),
                   std::min<std::size_t>(hello.strip_query_length, hello.strip_query.size())});
  page.kinds = hello.kinds;
  page.follow = hello.follow;
  page.max_decoded = hello.max_decoded;
  page.max_ratio = hello.max_ratio;
  page.max_depth = hello.max_depth;
  page.parser = static_cast<Parser>(hello.parser);
  page.max_links = hello.max_links;
  page.max_url = hello.max_url;
  return page;
}

bool agent_fits(const PageOptions& page) {
  return page.robots_agent.size() <= Hello{}.agent.size();
}

}  // namespace scraper::parse
