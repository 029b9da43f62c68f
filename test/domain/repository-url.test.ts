import { describe, expect, test } from 'vitest'
import {
  checkRepositoryUrl,
  parseRepositoryUrl,
  redactUrl,
  redactUrls,
  repositoryKey,
  repositoryName,
  sameRepository,
} from '../../src/domain/repository-url.ts'

describe('repository URLs', () => {
  test.each([
    ['https://github.com/acme/shop.git', 'github.com/acme/shop', 'shop'],
    ['https://user:p@ss@GitHub.com:443/Acme/Shop/', 'github.com/acme/shop', 'Shop'],
    ['git@github.com:acme/shop.git', 'github.com/acme/shop', 'shop'],
    ['github.com:acme/shop', 'github.com/acme/shop', 'shop'],
    ['ssh://git@git.example.org:2222/acme/shop.git', 'git.example.org/acme/shop', 'shop'],
    ['https://gitlab.com/group/sub/deep/shop.git', 'gitlab.com/group/sub/deep/shop', 'shop'],
    ['ssh://git@[::1]:22/acme/shop', '[::1]/acme/shop', 'shop'],
    ['https://git.example.org/shop', 'git.example.org/shop', 'shop'],
    ['https://git.example.org/acme/sh%C3%B6p', 'git.example.org/acme/sh%c3%b6p', 'sh%C3%B6p'],
    ['file:///srv/git/Shop.git', 'file:/srv/git/Shop', 'Shop'],
    ['file://localhost/srv/my%20shop', 'file:/srv/my shop', 'my shop'],
    ['/srv//git/./x/../shop.git/', 'file:/srv/git/shop', 'shop'],
    ['/home/me/shop/.git', 'file:/home/me/shop', 'shop'],
    ["/srv/läden/it's $(mine)", "file:/srv/läden/it's $(mine)", "it's $(mine)"],
  ])('%s has the key %s and the name %s', (url, key, name) => {
    expect(repositoryKey(url, 'product_1')).toBe(key)
    expect(repositoryName(url)).toBe(name)
  })

  test.each([
    'ext::sh -c "touch /tmp/x"',
    'fd::17',
    'http://github.com/acme/shop',
    'git://github.com/acme/shop',
    'ftp://github.com/acme/shop',
    '--upload-pack=/bin/sh',
    '-oProxyCommand=x:y/z',
    'ssh://-oProxyCommand=x/y',
    'ssh://-oProxyCommand@host/y',
    '-u@host:x/y',
    'https://github.com/acme/shop\nhttps://x',
    'https://github.com/acme/sh\u0007op',
    '/srv/a\u0000b',
    'file:///srv/a%0ab',
    'https://github.com/../shop',
    'https://github.com/acme/%2e%2e/shop',
    'https://github.com/acme/a%2Fb',
    'https://github.com/acme/shop?token=1',
    'https://github.com/acme/shop#x',
    'https://github.com/',
    'https:///acme/shop',
    'https://github.com/%zz/x',
    'git@github.com:../../etc/passwd',
    'acme/shop',
    'shop',
    '../shop',
    '~/shop',
    '/',
    '/..',
    '',
    ' /srv/shop',
    `/${'a'.repeat(3000)}`,
  ])('H39 %j is refused', url => {
    expect(() => parseRepositoryUrl(url)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
    expect(() => repositoryKey(url, 'product_1')).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
    expect(sameRepository(url, url)).toBe(false)
  })

  test('a product without a URL has its id for a key', () => {
    expect(repositoryKey(null, 'product_1')).toBe('product_1')
  })

  test('one repository is recognised under its spellings', () => {
    expect(sameRepository('git@github.com:Acme/Shop.git', 'https://me@github.com/acme/shop')).toBe(true)
    expect(sameRepository('ssh://git@github.com:22/acme/shop.git/', 'https://github.com/acme/shop')).toBe(true)
    expect(sameRepository('file:///srv/git/shop', '/srv/git/../git/shop.git')).toBe(true)
  })

  test.each([
    ['https://github.com/acme/shop', 'https://gitlab.com/acme/shop'],
    ['https://github.com/acme/shop', 'https://github.com/other/shop'],
    ['https://gitlab.com/a/b/shop', 'https://gitlab.com/a/shop'],
    ['/srv/git/shop', '/srv/git/Shop'],
    ['/github.com/acme/shop', 'https://github.com/acme/shop'],
  ])('H43 %s and %s are two repositories', (a, b) => {
    expect(sameRepository(a, b)).toBe(false)
  })

  test.each(['https://user:secret@host/a/b', 'https://ghp_secret@host/a/b', 'ssh://git:secret@host/a/b'])(
    'H54 %s is not to be stored',
    url => {
      expect(() => checkRepositoryUrl(url)).toThrow()
      expect(() => checkRepositoryUrl(url)).not.toThrow(/secret/)
    },
  )

  test.each(['https://host/a/b', 'git@host:a/b.git', 'ssh://git@host/a/b', 'file:///srv/a.git'])('%s is', url => {
    checkRepositoryUrl(url)
  })

  test('H54 no user name and no password gets into a message', () => {
    expect(redactUrl('https://user:secret@github.com/acme/shop')).toBe('https://github.com/acme/shop')
    expect(redactUrl('git@github.com:acme/shop')).toBe('github.com:acme/shop')
    expect(redactUrl('/srv/a@b')).toBe('/srv/a@b')
    expect(redactUrls("fatal: 'https://user:se@cret@host/x' and ssh://git@host/y me@host")).toBe(
      "fatal: 'https://host/x' and ssh://host/y me@host",
    )
    const parse = () => parseRepositoryUrl('http://user:secret@github.com/acme/shop')
    expect(parse).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })
})
